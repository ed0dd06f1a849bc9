import { mount } from 'svelte'
import './app.css'
import App from './App.svelte'
import { install } from './shared.ts'

mount(App, { target: document.getElementById('app')! })
install()
