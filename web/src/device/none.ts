/** In place of what a library needs only in Node. */
export default {}
