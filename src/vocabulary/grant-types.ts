/** RFC 8628 §3.4: the grant type of devices. */
export const deviceCodeGrantType = 'urn:ietf:params:oauth:grant-type:device_code'
