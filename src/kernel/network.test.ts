import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  canonicalAddress,
  clientAddress,
  coarseNetwork,
  inNetworks,
  isAddress,
  isLoopback,
  isNetwork,
  isPrivateAddress,
  networkKey,
  networks,
} from './network.ts'

test('AC-05: an address counts as one network, however it is spelled', () => {
  const keys: Readonly<Record<string, string>> = {
    '192.0.2.1': '192.0.2.1',
    '::ffff:192.0.2.1': '192.0.2.1',
    '::FFFF:c000:201': '192.0.2.1',
    '0:0:0:0:0:ffff:192.0.2.1': '192.0.2.1',
    '2001:db8:1:2:3:4:5:6': '2001:db8:1:2::/64',
    '2001:DB8:1:2::': '2001:db8:1:2::/64',
    '2001:0db8:0001:0002:ffff:ffff:ffff:ffff': '2001:db8:1:2::/64',
    '::1': '::/64',
    'fe80::1%eth0': 'fe80::/64',
    'fe80::2%eth1': 'fe80::/64',
  }
  for (const [address, key] of Object.entries(keys)) assert.equal(networkKey(address), key, address)
})

test('R7: a network is told as what is around an address, and of what is not an address nothing is told', () => {
  const around: Readonly<Record<string, string | undefined>> = {
    '192.0.2.77': '192.0.2.0/24',
    '::ffff:192.0.2.77': '192.0.2.0/24',
    '2001:db8:1:2:3:4:5:6': '2001:db8:1::/48',
    'fe80::1%eth0': 'fe80::/48',
    '127.1': undefined,
    '': undefined,
  }
  for (const [address, network] of Object.entries(around)) assert.equal(coarseNetwork(address), network, address)
})

test('AC-05: all that is not an address counts as one', () => {
  const none = [
    '',
    'x',
    'localhost',
    '127.1',
    '0x7f.0.0.1',
    '0177.0.0.1',
    '2130706433',
    '1.2.3.4.5',
    '1.2.3.256',
    '01.2.3.4',
  ]
  for (const text of [
    ...none,
    ' 1.2.3.4',
    '1.2.3.4 ',
    '1.2.3.4:80',
    '[::1]',
    '::g',
    '1::2::3',
    '::1/64',
    '::ffff:1.2.3.256',
  ]) {
    assert.equal(networkKey(text), 'unknown', text)
    assert.equal(canonicalAddress(text), undefined, text)
  }
})

const privateAddresses = [
  [
    '0.0.0.0',
    '0.255.255.255',
    '10.0.0.1',
    '10.255.255.255',
    '100.64.0.1',
    '100.127.255.255',
    '127.0.0.1',
    '127.255.255.254',
  ],
  [
    '169.254.169.254',
    '169.254.0.1',
    '172.16.0.1',
    '172.31.255.255',
    '192.0.0.1',
    '192.0.0.170',
    '192.0.2.1',
    '192.88.99.1',
  ],
  ['192.168.0.1', '198.18.0.1', '198.19.255.255', '198.51.100.1', '203.0.113.1', '224.0.0.1', '239.255.255.255'],
  [
    '240.0.0.1',
    '255.255.255.255',
    '::',
    '::1',
    '::2',
    '::127.0.0.1',
    '::ffff:127.0.0.1',
    '::ffff:7f00:1',
    '::ffff:8.8.8.8',
  ],
  [
    '::ffff:0:127.0.0.1',
    '64:ff9b::7f00:1',
    '64:ff9b::8.8.8.8',
    '64:ff9b:1::1',
    '100::1',
    '2001::1',
    '2001:0:4136:e378::1',
  ],
  [
    '2001:10::1',
    '2001:20::1',
    '2001:db8::1',
    '2002::1',
    '2002:7f00:1::',
    '3fff::1',
    '5f00::1',
    'fc00::1',
    'fd00:ec2::254',
  ],
  ['fe80::1', 'fe80::1%eth0', 'febf::1', 'fec0::1', 'ff02::1', 'ff0e::1', '0:0:0:0:0:0:0:1', '::FFFF:0A00:1', '1::'],
  [
    '',
    'localhost',
    'localhost.',
    '127.1',
    '0177.1',
    '0x7f.1',
    '0x7f000001',
    '2130706433',
    '017700000001',
    'example.com',
    '8.8.8.8.',
  ],
].flat()

test('SF-02: whatever is not the public internet is private, and so is what is not an address', () => {
  for (const address of privateAddresses) assert.equal(isPrivateAddress(address), true, address)
})

test('SF-02: addresses of the public internet, those beside the private ones among them, are not private', () => {
  const v4 = [
    '1.1.1.1',
    '8.8.8.8',
    '9.255.255.255',
    '11.0.0.0',
    '100.63.255.255',
    '100.128.0.0',
    '126.255.255.255',
    '128.0.0.0',
  ]
  const more = [
    '169.253.255.255',
    '169.255.0.0',
    '172.15.255.255',
    '172.32.0.0',
    '192.0.1.0',
    '192.167.255.255',
    '192.169.0.0',
  ]
  const v6 = [
    '2606:4700:4700::1111',
    '2001:4860:4860::8888',
    '2001:200::1',
    '2003::1',
    '2a00::1',
    '2001:db9::1',
    '3ffe::1',
  ]
  for (const address of [...v4, ...more, '198.17.255.255', '198.20.0.0', '223.255.255.255', ...v6]) {
    assert.equal(isPrivateAddress(address), false, address)
  }
})

test('a network holds the addresses of its prefix, mapped ones too, and no others', () => {
  const some = networks(['10.0.0.0/8', '192.0.2.7', '2001:db8::/32', '::1'])
  for (const address of ['10.1.2.3', '::ffff:10.1.2.3', '192.0.2.7', '2001:db8:ffff::1', '::1', '0:0:0:0:0:0:0:1']) {
    assert.equal(inNetworks(address, some), true, address)
  }
  for (const address of ['11.0.0.1', '192.0.2.8', '2001:db9::1', '::2', '', 'x', '10.1', '::10.1.2.3']) {
    assert.equal(inNetworks(address, some), false, address)
  }
  assert.equal(inNetworks('10.0.0.1', networks([])), false)
  assert.equal(inNetworks('10.0.0.1', networks(['10.0.0.0/33', 'x', '10/8', '10.0.0.0/8/8', ''])), false)
  assert.equal(inNetworks('2001:db8::1', networks(['0.0.0.0/0'])), false)
})

test('a network is an address with a prefix length, or an address', () => {
  for (const text of ['10.0.0.0/8', '10.0.0.1', '0.0.0.0/0', '::/0', '2001:db8::/32', '::1/128'])
    assert.equal(isNetwork(text), true, text)
  for (const text of [
    '',
    '10/8',
    '10.0.0.0/',
    '10.0.0.0/33',
    '10.0.0.0/08',
    '::/129',
    '::1%lo/128',
    '10.0.0.0/-1',
    '10.0.0.0/ 8',
    'a/8',
  ]) {
    assert.equal(isNetwork(text), false, text)
  }
})

test('PX-02: what is forwarded is believed of trusted proxies only, from the nearest on', () => {
  const trusted = networks(['10.0.0.0/8'])
  assert.equal(clientAddress('192.0.2.1', '203.0.113.9', trusted), '192.0.2.1')
  assert.equal(clientAddress('10.0.0.1', undefined, trusted), '10.0.0.1')
  assert.equal(clientAddress('10.0.0.1', '203.0.113.9', trusted), '203.0.113.9')
  assert.equal(clientAddress('::ffff:10.0.0.1', '203.0.113.9', trusted), '203.0.113.9')
  assert.equal(clientAddress('10.0.0.1', '1.1.1.1, 203.0.113.9', trusted), '203.0.113.9')
  assert.equal(clientAddress('10.0.0.1', '1.1.1.1, 203.0.113.9,10.0.0.2 ', trusted), '203.0.113.9')
  assert.equal(clientAddress('10.0.0.1', '10.0.0.3, 10.0.0.2', trusted), '10.0.0.3')
  assert.equal(clientAddress('10.0.0.1', '203.0.113.9, nonsense', trusted), '10.0.0.1')
  assert.equal(clientAddress('10.0.0.1', '', trusted), '10.0.0.1')
  assert.equal(clientAddress('10.0.0.1', '203.0.113.9', networks([])), '10.0.0.1')
})

test('PX-02: a proxy may tell the port as well, or else all behind it would be one', () => {
  const trusted = networks(['10.0.0.0/8'])
  const of = (told: string) => clientAddress('10.0.0.1', told, trusted)
  assert.equal(of('1.1.1.1, 203.0.113.9:49152'), '203.0.113.9')
  assert.equal(of('203.0.113.9, 10.0.0.2:443'), '203.0.113.9')
  assert.deepEqual(['[2001:db8::1]:49152', '[2001:db8::1]', '2001:db8::1'].map(of), Array(3).fill('2001:db8::1'))
  for (const nonsense of ['203.0.113.9:', '203.0.113.9:x', '203.0.113.9:123456', '[203.0.113.9', '[]:1', ':1'])
    assert.equal(of(nonsense), '10.0.0.1', nonsense)
})

test('an address of this machine is known as one', () => {
  for (const address of ['127.0.0.1', '127.255.0.1', '::1', '::ffff:127.0.0.1'])
    assert.equal(isLoopback(address), true, address)
  for (const address of ['128.0.0.1', '::2', 'localhost', '', '127.1'])
    assert.equal(isLoopback(address), false, address)
  assert.deepEqual(['127.0.0.1', '::1', 'fe80::1%eth0'].map(isAddress), [true, true, true])
  assert.deepEqual(['localhost', '127.1', '[::1]', ''].map(isAddress), [false, false, false, false])
})
