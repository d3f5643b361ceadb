import assert from 'node:assert/strict'
import { test } from 'node:test'
import { render } from '../kernel/html.ts'
import { catalogues } from './words/catalogues.ts'
import { destinationElsewhere, destinationHeading, destinationOf, destinationText } from './destination.ts'

const { en } = catalogues

test('BR-26: a web address is its host, exact, with a port that is not the usual one', () => {
  assert.deepEqual(destinationOf('https://greatapp.example/callback?x=1'), { kind: 'web', host: 'greatapp.example' })
  assert.deepEqual(destinationOf('https://greatapp.example:8443/'), { kind: 'web', host: 'greatapp.example:8443' })
})

test('BR-26: an international host is shown in punycode and in its own letters', () => {
  const host = 'xn--bcher-kva.example:8443'
  assert.deepEqual(destinationOf('https://bücher.example:8443/cb'), {
    kind: 'web',
    host,
    unicode_host: 'bücher.example:8443',
  })
  assert.deepEqual(destinationOf('https://xn--bcher-kva.example:8443/cb'), {
    kind: 'web',
    host,
    unicode_host: 'bücher.example:8443',
  })
})

test('a loopback address is this computer, and what only begins like one is not', () => {
  for (const host of ['localhost:4001', '127.0.0.1', '127.8.8.8:51004', '[::1]:1']) {
    assert.deepEqual(destinationOf(`http://${host}/cb`), { kind: 'this_computer', host })
  }
  for (const host of ['localhost.evil.test', '127.0.0.1.evil.test', 'evil.test']) {
    assert.equal(destinationOf(`http://${host}/cb`).kind, 'web')
  }
})

test('what is on this computer or device for whoever is at it is on one for whoever reads of it later', () => {
  for (const redirect_uri of ['http://127.0.0.1:4001/cb', 'com.example.app:/cb']) {
    for (const words of Object.values(catalogues)) {
      const [here, elsewhere] = [destinationOf(redirect_uri), destinationElsewhere(redirect_uri)]
      assert.notEqual(destinationText(elsewhere, words), destinationText(here, words))
      assert.notEqual(render(destinationHeading(elsewhere, words)), render(destinationHeading(here, words)))
    }
  }
  const web = 'https://greatapp.example/cb'
  assert.deepEqual(destinationElsewhere(web), destinationOf(web))
})

test('RFC 8252 §7.1: a private-use scheme is an application on this device', () => {
  assert.deepEqual(destinationOf('com.example.app:/cb'), { kind: 'application', scheme: 'com.example.app' })
})

test('the end of a host, which decides, is never cut', () => {
  const host = `${`${'a'.repeat(60)}.`.repeat(3)}${'b'.repeat(55)}.evil.test`
  assert.ok(destinationText(destinationOf(`https://${host}/cb`), en).endsWith('.evil.test'))
})
