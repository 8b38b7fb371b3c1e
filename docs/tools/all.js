/** All generated pages of docs/reference and docs/mappings; --check as in page.js. */
import './configuration.js'
import './errors.js'
import './commands.js'
import './mappings.js'
