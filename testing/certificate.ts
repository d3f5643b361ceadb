/**
 * A certificate for `rp.test`, `*.rp.test` and this machine, with its key, from 2020 to 2120, signed by itself: for
 * tests that need TLS. It protects nothing.
 */
export const testCertificate = {
  certificate: `-----BEGIN CERTIFICATE-----
MIIBiTCCAS+gAwIBAgIBATAKBggqhkjOPQQDAjASMRAwDgYDVQQDDAdycC50ZXN0
MCAXDTIwMDEwMTAwMDAwMFoYDzIxMjAwMTAxMDAwMDAwWjASMRAwDgYDVQQDDAdy
cC50ZXN0MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEjMUmX6Q8FspMmsJ9yqsQ
Up25zGsjoDsfV4hG5WSUR15kWMnASZUP0TDATl4BJgrJ8UzUOJfIZ85W6juH9ktf
yaN0MHIwDwYDVR0TAQH/BAUwAwEB/zBABgNVHREEOTA3ggdycC50ZXN0ggkqLnJw
LnRlc3SCCWxvY2FsaG9zdIcEfwAAAYcQAAAAAAAAAAAAAAAAAAAAATAdBgNVHQ4E
FgQUEIYBJcDAQshUAHHGzM/JAdd/vncwCgYIKoZIzj0EAwIDSAAwRQIhAJnaxO+R
vgXXq9btaO2j/f61i/fJdAXgzREvk0ywQm3pAiA3WsC/LxNRUDXphEYB53abOdQS
tO/1tZ32QLsMnqqxOw==
-----END CERTIFICATE-----
`,
  key: `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgaI+K3w2v/cU1GnWe
ZOfSoqSu+m7xi8lrx8MU3GYn1kWhRANCAASMxSZfpDwWykyawn3KqxBSnbnMayOg
Ox9XiEblZJRHXmRYycBJlQ/RMMBOXgEmCsnxTNQ4l8hnzlbqO4f2S1/J
-----END PRIVATE KEY-----
`,
} as const
