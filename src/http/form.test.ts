import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { must } from '../../testing/must.ts'
import { refusedFor } from '../../testing/refused.ts'
import { readForm } from './form.ts'
import type { HttpRequest } from './message.ts'

function posted(body: string, headers: HttpRequest['headers'] = {}, method = 'POST'): HttpRequest {
  return {
    method,
    path: '/token',
    query: '',
    headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
    body,
    params: {},
    address: '192.0.2.1',
    request_id: 'r',
  }
}

describe('a form body', () => {
  must('RFC 6749 §3.2', 'TK-05: an empty parameter is as if left out, and unknown ones are let through', () => {
    const parameters = readForm(posted('grant_type=refresh_token&scope=&foo=1'))
    assert.deepEqual(
      ['grant_type', 'scope', 'foo'].map((name) => parameters.get(name)),
      ['refresh_token', undefined, '1'],
    )
  })

  must('RFC 6749 §3.2', 'TK-01: only POST is taken', () => {
    for (const method of ['GET', 'HEAD', 'PUT', 'DELETE', 'OPTIONS']) {
      assert.throws(() => readForm(posted('a=1', {}, method)), refusedFor('method_not_allowed'))
    }
  })

  must('RFC 6749 §2.3.1', 'a parameter in the query does not count', () => {
    assert.equal(readForm({ ...posted('a=1'), query: 'client_secret=x' }).get('client_secret'), undefined)
  })

  must('RFC 6749 §3.2', 'TK-02: only the form type is taken, in UTF-8', () => {
    for (const type of [
      'application/json',
      'text/plain',
      'multipart/form-data; boundary=x',
      'application/x-www-form-urlencoded; charset=utf-16',
      'application/x-www-form-urlencoded; charset=utf-8; charset=utf-16',
      'application/x-www-form-urlencodedx',
      '',
    ]) {
      assert.throws(
        () => readForm(posted('a=1', { 'content-type': type })),
        refusedFor('content_type_unsupported'),
        type,
      )
    }
    assert.throws(() => readForm({ ...posted('a=1'), headers: {} }), refusedFor('content_type_unsupported'))
  })

  test('the type may be written in capitals and with its charset', () => {
    for (const type of [
      'application/x-www-form-urlencoded;charset=UTF-8',
      'Application/X-WWW-Form-Urlencoded ; charset="utf-8"',
      'application/x-www-form-urlencoded;',
    ]) {
      assert.equal(readForm(posted('a=1', { 'content-type': type })).get('a'), '1')
    }
  })

  test('TK-07: a body that is compressed, too long or of too many parameters is refused', () => {
    assert.throws(() => readForm(posted('a=1', { 'content-encoding': 'gzip' })), refusedFor('content_type_unsupported'))
    assert.throws(() => readForm(posted(`a=${'x'.repeat(70_000)}`)), refusedFor('form_too_large'))
    const many = Array.from({ length: 201 }, (_, index) => `p${String(index)}=1`).join('&')
    assert.throws(() => readForm(posted(many)), refusedFor('form_too_large'))
  })

  must('RFC 6749 §3.2', 'TK-04: no parameter comes twice, but for those that may', () => {
    assert.throws(() => readForm(posted('code=1&code=1')), refusedFor('form_parameter_repeated'))
    assert.throws(() => readForm(posted('resource=a&resource=b')), refusedFor('form_parameter_repeated'))
    assert.deepEqual(readForm(posted('resource=a&resource=b'), ['resource']).all('resource'), ['a', 'b'])
    assert.deepEqual(readForm(posted('a=1&a=2'), 'any').all('a'), ['1', '2'])
  })

  must('RFC 6749 §B', 'what is not a well-formed UTF-8 form is refused', () => {
    for (const body of ['a=%', 'a=%zz', 'a=%ff', '%c3=1', 'a=\ufffd']) {
      assert.throws(() => readForm(posted(body)), refusedFor('form_malformed'), body)
    }
    assert.equal(readForm(posted('a=%C3%A4+%2B')).get('a'), 'ä +')
  })

  test('TK-08: names that mean something to JavaScript are names like others', () => {
    const parameters = readForm(posted('__proto__=1&constructor=2'))
    assert.equal(parameters.get('__proto__'), '1')
    assert.equal(parameters.get('toString'), undefined)
  })
})
