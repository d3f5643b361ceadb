import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { BrowserContext, Page } from 'playwright-core'
import { accessibilityFaults, openBrowser } from '../../testing/browser.ts'
import { examplePages } from '../../testing/example-pages.ts'
import { exampleAddress, openExample, openExamples } from '../../testing/gallery.ts'
import { render } from '../kernel/html.ts'
import { formPostScriptSource } from './form-post.ts'
import { stylesheet } from './stylesheet.ts'

const browser = await openBrowser()
const names = Object.keys(examplePages)
const desk = { width: 1280, height: 800 }
const phone = { width: 360, height: 740 }
/** Also 1280 px at 400 %, WCAG 2.2 §1.4.10. */
const smallest = { width: 320, height: 256 }

/** Each in a context of its own; pages keep nothing in it. */
const scripted = await browser.newContext({ viewport: desk })
const unscripted = await browser.newContext({ viewport: desk, javaScriptEnabled: false })
/** One for all the looking, since a new one costs half a second: what is shown in it is a new document each time. */
const screen = await openExamples(scripted)

/** What programs that drive the pages look for: each is there exactly once. */
const fixed: Readonly<Record<string, readonly string[]>> = {
  'sign-in': [
    'h1:text-is("Sign in")',
    'input#username[name=username][autocomplete=username]',
    'input#password[name=password][type=password][autocomplete=current-password]',
    'button#login-submit',
    'a#forgot-password',
  ],
  'forgotten-password': ['input#email[name=email][type=email]', 'button#letter-submit'],
  'new-password': ['input#new-password[name=new_password][autocomplete=new-password]', 'button#password-submit'],
  consent: [
    'button#consent-allow[name=decision][value=allow]',
    'button#consent-deny[name=decision][value=deny]',
    'input[type=checkbox][name=scope][value="postcards.send"]:checked',
    'input[name=access_for][value=once]',
    'input[name=access_for][value="30d"]:checked',
    'input[name=access_for][value=until_removed]',
    'button[name=switch_account]',
  ],
  account: ['[data-client-id="greatapp"] button[name=remove]', '#sign-out', 'a#download[download]'],
  security: ['#passkeys', '#totp', '#recovery-codes', '#sessions', 'button[name=end_others]', '#sign-out'],
  error: ['#error-code:text-is("invalid_request")', '#error-reference'],
  logout: ['button#logout-confirm'],
  'signed-out': ['h1:text-is("You are signed out")'],
  'signed-out-unconfirmed': ['#unconfirmed', 'a#continue'],
  'device-code': ['input#user-code[name=user_code]', 'button#device-continue'],
  'consent-device': ['.user-code:text-is("WDJB-MJHT")', 'button#consent-deny', 'button#consent-allow'],
  'device-done': ['a#device-account[href="/account"]'],
  expired: ['a#start-again:text-is("Start again")', '#error-code:text-is("invalid_request")', '#error-reference'],
  'link-over': ['#error-code:text-is("invalid_request")', '#error-reference'],
}

/** Shows an example page to something that looks at it, on a desk in the light. */
async function shown(name: string, look: (page: Page) => Promise<void>): Promise<void> {
  await screen.setViewportSize(desk)
  await screen.emulateMedia({ colorScheme: 'light' })
  await screen.goto(exampleAddress(name))
  await look(screen)
}

/** Opens an example page for something that does more than look. */
async function used(name: string, context: BrowserContext, use: (page: Page) => Promise<void>): Promise<void> {
  const page = await openExample(context, name)
  try {
    await use(page)
  } finally {
    await page.close()
  }
}

/** Presses a button, and tells what its form sent once that has been answered: closing a page before would hang. */
async function sentBy(page: Page, button: string): Promise<URLSearchParams> {
  const posted = page.waitForRequest((request) => request.method() === 'POST')
  await page.locator(button).click()
  const request = await posted
  await request.response()
  await page.waitForLoadState()
  return new URLSearchParams(request.postData() ?? '')
}

/** Reads, in the page, what an expression says. */
function read<Result>(page: Page, expression: string): Promise<Result> {
  return page.evaluate<Result>(expression)
}

for (const name of names) {
  test(`${name} has no accessibility fault in light or dark`, async () => {
    await shown(name, async (page) => {
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme })
        assert.deepEqual(await accessibilityFaults(page), [], colorScheme)
      }
    })
  })

  test(`${name} fits a screen of 320 px without scrolling sideways`, async () => {
    await shown(name, async (page) => {
      await page.setViewportSize(smallest)
      assert.equal(await read(page, 'document.documentElement.scrollWidth'), 320)
    })
  })

  test(`${name} has what answers or chooses at least 40 px high on a phone`, async () => {
    await shown(name, async (page) => {
      await page.setViewportSize(phone)
      const low = await read(
        page,
        `[...document.querySelectorAll('button:not([hidden]), a.button, label.choice, .field input')]
          .filter((target) => target.checkVisibility() && target.getBoundingClientRect().height < 40)
          .map((target) => target.outerHTML)`,
      )
      assert.deepEqual(low, [])
    })
  })
}

for (const [name, selectors] of Object.entries(fixed)) {
  test(`${name} has the ids, names and words that programs rely on`, async () => {
    await shown(name, async (page) => {
      for (const selector of selectors) assert.equal(await page.locator(selector).count(), 1, selector)
    })
  })
}

test('BR-26: both answers of the consent page are equal in size, colour and weight', async () => {
  await shown('consent', async (page) => {
    await page.setViewportSize(phone)
    const looks = await read<unknown[]>(
      page,
      `['consent-allow', 'consent-deny'].map((id) => {
        const { width, height, y } = document.getElementById(id).getBoundingClientRect()
        const { color, backgroundColor, borderColor, fontSize, fontWeight } = getComputedStyle(document.getElementById(id))
        return { width, height, y, color, backgroundColor, borderColor, fontSize, fontWeight }
      })`,
    )
    assert.deepEqual(looks[0], looks[1])
  })
})

test('the Enter key on a box or a choice of the consent page answers nothing', async () => {
  await used('consent', scripted, async (page) => {
    const posted: string[] = []
    page.on('request', (request) => posted.push(request.postData() ?? ''))
    await page.locator('input[name=scope]').first().press('Enter')
    await page.locator('input[name=access_for]:checked').press('Enter')
    await sentBy(page, '#consent-deny')
    assert.equal(posted.filter((body) => body !== '').length, 1)
  })
})

test('in Arabic a page is written from right to left, without an accessibility fault or a host that is turned around', async () => {
  for (const name of ['sign-in', 'consent', 'account']) {
    await shown(`${name}.ar`, async (page) => {
      assert.deepEqual(await accessibilityFaults(page), [], name)
      await page.setViewportSize(smallest)
      assert.equal(await read(page, 'document.documentElement.scrollWidth <= innerWidth'), true, name)
      await page.setViewportSize(desk)
    })
  }
  await shown('consent.ar', async (page) => {
    assert.equal(await read(page, 'getComputedStyle(document.querySelector("h1")).direction'), 'rtl')
    const [deny, allow] = await Promise.all(
      ['#consent-deny', '#consent-allow'].map((button) => page.locator(button).boundingBox()),
    )
    assert.ok(deny && allow && deny.x > allow.x)
    assert.equal(await read(page, 'getComputedStyle(document.querySelector("h1 .host")).direction'), 'ltr')
  })
})

test('the consent form carries the answer, the boxes left ticked and the time chosen', async () => {
  await used('consent', unscripted, async (page) => {
    await page.locator('input[value="postcards.send"]').uncheck()
    await page.locator('input[name=access_for][value="1h"]').check()
    const fields = await sentBy(page, '#consent-allow')
    assert.deepEqual(
      [...fields].map(([name, value]) => `${name}=${value}`),
      [
        'csrf_token=example',
        'step=consent',
        'question=example',
        'scope=email',
        'scope=phone',
        'access_for=1h',
        'decision=allow',
      ],
    )
  })
})

test('BR-04: no page breaks the strictest policy, and none loads anything that is not ours', async () => {
  const context = await browser.newContext()
  const complaints: string[] = []
  context.on('console', (message) => complaints.push(message.text()))
  context.on('request', (request) => {
    if (!request.url().startsWith('https://id.example.com/')) complaints.push(request.url())
  })
  // The page that posts itself has a script, which this policy forbids; its own test holds that script to its hash.
  const page = await openExamples(context)
  for (const name of names.filter((each) => each !== 'form-post')) await page.goto(exampleAddress(name))
  assert.deepEqual(complaints, [])
  await context.close()
})

test('AZ-25, AZ-26: the form_post page posts itself under its policy, and its state arrives byte for byte', async () => {
  const context = await browser.newContext()
  const target = 'https://greatapp.example'
  const posted = context.waitForEvent('request', (request) => request.method() === 'POST')
  await openExample(
    context,
    'form-post',
    `default-src 'none'; script-src ${formPostScriptSource}; form-action ${target}`,
  )
  const request = await posted
  assert.equal(request.url(), `${target}/callback`)
  assert.equal(new URLSearchParams(request.postData() ?? '').get('state'), '"><script>alert(1)</script>')
  await context.close()
})

test('the form_post page has a button where scripts are off', async () => {
  await used('form-post', unscripted, async (page) => {
    assert.equal((await sentBy(page, 'button')).get('code'), 'lc_example')
  })
})

test('a client_id of any characters is found by its attribute and sent as it is', async () => {
  await used('account', unscripted, async (page) => {
    const client_id = 'https://localhost/clients/ä b%2F"\'<'
    const fields = await sentBy(page, `[data-client-id=${JSON.stringify(client_id)}] button[name=remove]`)
    assert.equal(fields.get('remove'), client_id)
  })
})

test('every page is under 30 KB with its stylesheet, has one first heading, and no style or handler of its own', () => {
  assert.ok(Buffer.byteLength(stylesheet.body) < 12_000)
  for (const [name, page] of Object.entries(examplePages)) {
    const text = render(page)
    assert.ok(Buffer.byteLength(text) + Buffer.byteLength(stylesheet.body) < 30_000, name)
    assert.equal(text.match(/<h1/g)?.length, 1, name)
    assert.doesNotMatch(text, /<style|<[^>]* (?:style|on[a-z]+)=/, name)
  }
})
