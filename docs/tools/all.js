/** All generated pages of docs/reference; --check as in page.js. */
import './configuration.js'
import './errors.js'
import './commands.js'
