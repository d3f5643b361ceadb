import assert from 'node:assert/strict'
import { test } from 'node:test'
import { en } from '../../ui/words/en.ts'
import { deviceName } from './device-name.ts'

const claims: Readonly<Record<string, string>> = {
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36':
    'Chrome · Windows',
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0 Safari/537.36 Edg/141.0':
    'Edge · Windows',
  'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Safari/605.1.15':
    'Safari · macOS',
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1':
    'Safari · iPhone',
  'Mozilla/5.0 (iPad; CPU OS 18_0 like Mac OS X) AppleWebKit/605 (KHTML, like Gecko) CriOS/141 Mobile/15E148 Safari/604':
    'Chrome · iPad',
  'Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/28.0 Chrome/130 Mobile Safari/537':
    'Samsung Internet · Android',
  'Mozilla/5.0 (X11; Linux x86_64; rv:144.0) Gecko/20100101 Firefox/144.0': 'Firefox · Linux',
  'Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0 Safari/537.36 OPR/125':
    'Opera · ChromeOS',
  'curl/8.5': 'Unknown device',
  '': 'Unknown device',
  '<script>alert(1)</script>\u202E Firefox': 'Unknown device',
}

test('a device is told in known names, and nothing that a browser says of itself is repeated', () => {
  for (const [user_agent, name] of Object.entries(claims)) assert.equal(deviceName(user_agent, en), name, user_agent)
})
