import { mount } from 'svelte'
import '../app.css'
import DevicePage from './DevicePage.svelte'

mount(DevicePage, { target: document.getElementById('app')! })
