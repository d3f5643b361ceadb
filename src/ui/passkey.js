/* Asks the browser for a passkey, or to make one, and sends what it says with the form. Without this its part of the form
   stays hidden and the page works by password. */
const part = document.querySelector('[data-passkey]')
const { PublicKeyCredential: api } = window

if (part && api?.parseRequestOptionsFromJSON && api.parseCreationOptionsFromJSON) void start()

async function start() {
  const form = part.closest('form')
  const button = part.querySelector('button')
  const failed = part.querySelector('[data-failed]')
  const { passkey: kind, options, autofill } = part.dataset
  const asked = JSON.parse(options)
  let waiting

  async function ask(more) {
    const credential =
      kind === 'create'
        ? await navigator.credentials.create({ publicKey: api.parseCreationOptionsFromJSON(asked) })
        : await navigator.credentials.get({ publicKey: api.parseRequestOptionsFromJSON(asked), ...more })
    form.elements.credential.value = JSON.stringify(credential)
    form.submit()
  }

  form.addEventListener('submit', (event) => {
    if (event.submitter !== button) return
    event.preventDefault()
    waiting?.abort()
    failed.hidden = true
    ask({}).catch(() => {
      failed.hidden = false
    })
  })
  part.hidden = false

  if (autofill && (await api.isConditionalMediationAvailable?.())) {
    waiting = new AbortController()
    // Ends when the button is pressed, or the person types a password: neither is a mistake.
    ask({ mediation: 'conditional', signal: waiting.signal }).catch(() => {})
  }
}
