import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { describe } from 'node:test'
import { must } from '../../testing/must.ts'
import { refusedFor } from '../../testing/refused.ts'
import { checkClientMetadata, type ClientMetadataPolicy } from './client-metadata.ts'

const operator: ClientMetadataPolicy = {
  author: 'operator',
  unknown: 'refuse',
  grant_types: ['authorization_code', 'refresh_token'],
  token_endpoint_auth_methods: ['none', 'client_secret_basic', 'private_key_jwt'],
  allow_http_loopback: false,
  outbound_allow: ['rp.test:8443'],
}
const redirect_uris = ['https://rp1.test/cb']

function refuses(input: unknown, reason: string): void {
  assert.throws(() => checkClientMetadata(input, operator), refusedFor(reason), JSON.stringify(input))
}

describe('what OpenID Connect adds to client metadata', () => {
  const jwks = { keys: [generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ format: 'jwk' })] }

  must('OpenID Connect Core §4', 'initiate_login_uri and sector_identifier_uri are https, on every machine', () => {
    for (const name of ['initiate_login_uri', 'sector_identifier_uri']) {
      for (const uri of ['http://rp1.test/', 'http://localhost:4001/', 'http://rp.test:8443/x', 'javascript:1']) {
        assert.throws(
          () => checkClientMetadata({ redirect_uris, [name]: uri }, { ...operator, allow_http_loopback: true }),
          refusedFor('client_uri_unsafe'),
        )
      }
      const { metadata } = checkClientMetadata({ redirect_uris, [name]: 'https://rp1.test/x' }, operator)
      assert.equal(metadata[name as 'initiate_login_uri'], 'https://rp1.test/x')
    }
  })

  must('OpenID Connect Core §8.1', 'a pairwise client has one host, or a sector_identifier_uri', () => {
    const pairwise = { subject_type: 'pairwise' }
    for (const uris of [['https://a.test/cb', 'https://b.test/cb'], ['com.example.app:/cb']]) {
      refuses({ ...pairwise, redirect_uris: uris, application_type: 'native' }, 'sector_identifier_uri_missing')
      const sector_identifier_uri = 'https://sector.test/uris.json'
      assert.ok(
        checkClientMetadata(
          { ...pairwise, redirect_uris: uris, application_type: 'native', sector_identifier_uri },
          operator,
        ),
      )
    }
    assert.ok(checkClientMetadata({ ...pairwise, redirect_uris: ['https://a.test/1', 'https://a.test/2'] }, operator))
  })

  must('OpenID Connect Registration §2', 'encryption names its algorithm, and a key of the client is there', () => {
    for (const place of ['id_token', 'userinfo']) {
      const [alg, enc] = [`${place}_encrypted_response_alg`, `${place}_encrypted_response_enc`]
      refuses({ redirect_uris, jwks, [enc]: 'A256GCM' }, 'encrypted_response_alg_missing')
      refuses({ redirect_uris, [alg]: 'ECDH-ES' }, 'encryption_keys_missing')
      assert.ok(checkClientMetadata({ redirect_uris, jwks, [alg]: 'ECDH-ES', [enc]: 'A256GCM' }, operator))
      for (const weak of ['RSA1_5', 'RSA-OAEP', 'dir', 'A128KW', 'PBES2-HS256+A128KW', 'none']) {
        refuses({ redirect_uris, jwks, [alg]: weak }, 'client_metadata_malformed')
      }
      refuses({ redirect_uris, jwks, [alg]: 'ECDH-ES', [enc]: 'none' }, 'client_metadata_malformed')
    }
  })

  must('OpenID Connect Core §3.1.3.7', 'no id_token or userinfo is signed by none or by a shared secret', () => {
    for (const name of ['id_token_signed_response_alg', 'userinfo_signed_response_alg']) {
      for (const alg of ['none', 'HS256', 'RS512', 'ES384']) {
        refuses({ redirect_uris, [name]: alg }, 'client_metadata_malformed')
      }
      for (const alg of ['ES256', 'RS256', 'PS256', 'EdDSA']) {
        assert.ok(checkClientMetadata({ redirect_uris, [name]: alg }, operator))
      }
    }
  })

  must(
    'FAPI 2.0 Security Profile §5.3.2',
    'a client of that profile proves itself by a key, and takes no RS256',
    () => {
      const fapi2 = { redirect_uris, profile: 'fapi2', jwks, token_endpoint_auth_method: 'private_key_jwt' }
      assert.ok(checkClientMetadata(fapi2, operator))
      for (const otherwise of [
        { token_endpoint_auth_method: 'client_secret_basic' },
        { token_endpoint_auth_method: 'none' },
        { id_token_signed_response_alg: 'RS256' },
        { userinfo_signed_response_alg: 'RS256' },
        { token_endpoint_auth_signing_alg: 'RS256' },
      ]) {
        refuses({ ...fapi2, ...otherwise }, 'client_profile_contradicted')
      }
    },
  )
})
