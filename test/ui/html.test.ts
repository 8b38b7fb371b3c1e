import t from 'tap'
import { html } from '#wardbridge/ui/html.js'

t.test('what is put in is escaped, HTML made here is not', async (t) => {
  const bold = html`<b>${'<script>"&\''}</b>`
  t.equal(bold.text, '<b>&lt;script&gt;&quot;&amp;&#39;</b>')
  t.equal(html`<p>${[bold, 3, undefined, ['x', '<']]}</p>`.text, '<p><b>&lt;script&gt;&quot;&amp;&#39;</b>3x&lt;</p>')
})

t.test('a backslash in the template stays one', async (t) => {
  t.equal(html`${'a\\b'}`.text, 'a\\b')
})
