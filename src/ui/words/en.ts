import { html, type Html } from '../../kernel/html.ts'
import type { Language } from '../../kernel/language.ts'
import type { Brand } from '../brand.ts'

/**
 * English, and the shape of every language: what is missing elsewhere does not compile.
 *
 * A text with something put into it is a function, so that each language has its own order. Where a moment is put in,
 * it is “today at 14:05 UTC” or “12 September 2026”: a sentence must hold with either.
 */
export const en = {
  tag: 'en' as Language,
  /** What `Intl` spells dates and numbers by. */
  locale: 'en-GB',
  dir: 'ltr' as 'ltr' | 'rtl',

  layout: {
    applications: 'Your connected applications',
    links: {
      terms: 'Terms of use',
      privacy: 'Privacy policy',
      support: 'Help',
      imprint: 'Legal notice',
      accessibility: 'Accessibility',
    },
    run_by: (name: Html, host: Html) => html`You are at ${name}, on ${host}.`,
  },
  wayOn: { own_page: 'Go to your connected applications' },
  moment: {
    yesterday: (time: string) => `yesterday at ${time}`,
    today: (time: string) => `today at ${time}`,
    tomorrow: (time: string) => `tomorrow at ${time}`,
  },
  destination: {
    this_computer: (host: string) => `the application at ${host} on this computer`,
    application: (scheme: string) => `the application ${scheme} on this device`,
    computer_heading: 'An application on this computer',
    device_heading: 'An application on this device',
    shown: (user_code: string) => `the device that shows ${user_code}`,
    shown_heading: 'A device',
    /** The same, for who may read it later on another machine than the application is on. */
    elsewhere: {
      this_computer: (host: string) => `the application at ${host} on a computer`,
      application: (scheme: string) => `the application ${scheme} on a device`,
      computer_heading: 'An application on a computer',
      device_heading: 'An application on a device',
    },
  },
  client: {
    quoted: (name: Html) => html`“${name}”`,
    registered: (name: Html) => html`Registered with this server as <strong>${name}</strong>.`,
    claimed: (name: Html) => html`It calls itself “${name}”. Nobody here has checked that name.`,
    described_at: (host: Html) => html`It describes itself at ${host}.`,
    mixed_name: 'The name mixes letters of different alphabets that look alike.',
    mixed_address: 'The address mixes letters of different alphabets that look alike.',
    nameless: 'It gives no name.',
    unicode: (host: Html) => html`In its own letters: ${host}`,
    policy: 'Its privacy policy',
    terms: 'Its terms of service',
  },
  acquaintance: {
    came: {
      by_operator: 'Whoever runs this server registered it.',
      by_itself: 'It registered itself here.',
      by_address: 'Nobody registered it here: it describes itself at an address of its own.',
    },
    first_seen: (when: Html) => html`First seen: ${when}.`,
    nobody: 'Nobody here uses it yet.',
    few: 'Fewer than 10 people here use it.',
    very_many: 'More than 10,000 people here use it.',
    /** From 10 on, in round numbers; `count` is the number that `number` spells. */
    about: (number: string, _count: number) => `About ${number} people here use it.`,
    resembles: (name: Html) =>
      html`Another application here is called “${name}”, which looks much like this name. This is not that application.`,
  },
  permission: {
    identity: 'About you',
    none: 'none on file',
    particular: (label: string, value: Html) => html`${label}: ${value}`,
    sensitive: 'Sensitive',
    is_new: 'New to it',
    without: (asker: Html, what: Html) => html`Without this, ${asker} cannot ${what}`,
    purpose: (what: Html) => html`Its reason, in its own words: “${what}”`,
    scopes: {
      openid: 'Recognise you when you come back',
      offline_access: 'Go on while you are away',
      profile: 'See your name and profile',
      email: 'See your e-mail address',
      address: 'See your postal address',
      phone: 'See your phone number',
    },
    filed: (scope: string) => `See what is on file about you under “${scope}”`,
    resource: 'Use it in your name',
    actions: 'Actions',
    claims: {
      name: 'Name',
      given_name: 'Given name',
      family_name: 'Family name',
      middle_name: 'Middle name',
      nickname: 'Nickname',
      preferred_username: 'User name',
      profile: 'Profile page',
      picture: 'Picture',
      website: 'Website',
      email: 'E-mail',
      email_verified: 'E-mail confirmed',
      gender: 'Gender',
      birthdate: 'Date of birth',
      zoneinfo: 'Time zone',
      locale: 'Language',
      phone_number: 'Phone',
      phone_number_verified: 'Phone confirmed',
      address: 'Address',
      updated_at: 'Last changed',
    },
    yes: 'yes',
    no: 'no',
  },
  signIn: {
    heading: 'Sign in',
    goal: 'to continue to',
    own: {
      applications: 'to see and end what you allowed.',
      device: 'to connect a device.',
      account: 'to go on to your account.',
    },
    first_visit: 'Signing in shares nothing yet: you are shown what is asked for, and decide, after this step.',
    username: 'User name or e-mail address',
    password: 'Password',
    submit: 'Sign in',
    passkey: 'Sign in with a passkey',
    passkey_refused: 'That passkey did not work here. Sign in another way, or try once more.',
    forgot_password: 'Forgot your password?',
    register: 'No account yet? Create one',
    wrong_credentials: 'The user name or the password is not right.',
    throttled: (wait: string) => `Too many attempts. Please wait ${wait}, then try again.`,
    busy: (wait: string) => `Many people are signing in just now. Please try again in ${wait}.`,
    form_expired: 'The page had been open for too long. Please sign in again.',
    again: {
      client_asks: 'You are signed in; the application asks you to confirm that it is you.',
      too_long_ago: 'You signed in a while ago; please confirm that it is you.',
      session_ended: 'Your session has ended. Please sign in again.',
      another_account: 'Sign in with the account you want to use.',
    },
  },
  consent: {
    title: (host: string) => `Access for ${host}`,
    asks: (asker: Html) => html`${asker} <span>asks for access to your account</span>`,
    asks_more: (asker: Html) => html`${asker} <span>asks for more access to your account</span>`,
    asks_anew: (asker: Html) => html`${asker} <span>asks again for access that it has</span>`,
    goes_to: {
      this_computer: (host: Html) =>
        html`The answer goes to whatever runs at ${host} on this computer. Go on only if you have just used that application.`,
      application: (scheme: Html) =>
        html`The answer goes to whatever opens ${scheme} addresses on this device. Go on only if you have just used that application.`,
    },
    device: (user_code: Html) =>
      html`Go on only if you are looking at the device in front of you, and it shows this code: ${user_code} If somebody sent you here, or gave you the code, deny.`,
    device_learns: 'The device learns of your answer by itself.',
    account: 'With your account',
    switch_account: 'Use another account',
    will: 'It will be able to',
    will_also: 'It will also be able to',
    will_still: 'It will still be able to',
    choose: 'Untick what you do not want to allow.',
    sensitive: 'What is marked as sensitive can do harm in the wrong hands.',
    nameless: 'the application',
    holds: 'What it can do already',
    paused: (since: Html) =>
      html`You have paused its access, since ${since}. “Allow” resumes all of it; “This time only” and “Deny” leave it paused.`,
    keeps: 'It keeps this, whatever you answer.',
    ends: (end: Html) => html`What it has now ends ${end}.`,
    endless: 'What it has now ends when you remove it.',
    for_all:
      'If you allow this, what you choose here holds for all of it; “This time only” and “Deny” leave what it has as it is.',
    how_long: 'For how long',
    once: 'This time only',
    until_removed: 'Until I remove it',
    no_end: 'no end date',
    until: (end: Html) => html`until ${end}`,
    lasting: 'Until then it can go on without you, also while you are not signed in.',
    unused: (length: string) => `When nobody uses it for ${length}, it ends by itself.`,
    ending: (page: (label: string) => Html) =>
      html`You can end it sooner, at any time, under ${page('your connected applications')}.`,
    allow: 'Allow',
    deny: 'Deny',
    leaving: (target: Html) => html`Either answer takes you to ${target}.`,
    form_expired: 'This page was out of date, so nothing was decided. Please answer once more.',
  },
  account: {
    heading: 'Connected applications',
    explain:
      'These applications can act with your account, as far as you allowed. Removing one ends all of its access at once.',
    empty: 'No application has access to your account.',
    empty_more: 'When you allow one, it is listed here with what it may do and until when, and you can end it.',
    sign_out: 'Sign out',
    first_party: 'Part of this service',
    granted: 'Allowed',
    ends: 'Ends',
    never_ends: 'when you remove it',
    once: 'This time only',
    last_used: 'Last used',
    never_used: 'never',
    unused_until: 'Ends if unused until',
    older: 'Access that you gave before',
    counted:
      'Use is counted as far as this server sees it: when an application fetches tokens or asks who you are, and when an API asks what a token is good for. What a signed token is used for at an API that does not ask is not seen here.',
    history: 'Ended access',
    history_more: 'What has ended stays here for a while, with why it ended. It can do nothing any more.',
    stopped: 'All of it has stopped now.',
    receipt: 'Receipt',
    paused: (since: Html) => html`Paused since ${since}`,
    pausing: 'Paused, it gets no answer with your account until you resume it.',
    /** What stands in `unseen` is for people who hear the page. */
    change: (name: Html) => html`Change<span class="unseen"> access of ${name}</span>`,
    keep: 'What it may go on doing',
    until_when: 'Until when',
    as_it_is: 'As it is',
    until_removed: 'Until I remove it',
    from_now: (length: string) => `${length} from now`,
    until: (end: Html) => html`until ${end}`,
    more_time: 'To give more time than now you may have to sign in once more.',
    save: 'Save changes',
    pause: 'Pause',
    resume: 'Resume',
    open: (name: Html) => html`Open<span class="unseen"> ${name}</span>`,
    remove: (name: Html) => html`Remove access<span class="unseen"> of ${name}</span>`,
    access_ended: (name: Html) => html`Access ended for ${name}.`,
    signed_tokens: (until: Html) => html`Signed tokens already handed out stop working ${until} at the latest.`,
    changed: (name: Html) => html`Changed for ${name}.`,
    paused_now: (name: Html) => html`Paused: ${name} can do nothing with your account until you resume it.`,
    resumed: (name: Html) => html`${name} can go on.`,
    stale:
      'That access was changed in another window meanwhile, so nothing was changed here. This is how it stands now.',
    nothing_left: 'Nothing would have been left of that access, so nothing was changed. To end it, remove it.',
    signed_in_again: 'You have signed in. For five minutes you can now give more time: please choose it once more.',
    already_ended: 'That access had ended already.',
    form_expired: 'This page was out of date, so nothing was changed. See whose account it is, and try once more.',
  },
  access: {
    used: 'Used lately',
    from: 'From the network',
    lately: 'In the last 30 days',
    /** `count` is the number that `number` spells. */
    times: (number: string, count: number) =>
      count === 0 ? 'not used' : count === 1 ? 'used once' : `used ${number} times`,
    ended: 'Ended',
    because: {
      removed_by_person: 'You removed it.',
      ended_by_operator: 'Whoever runs this server ended it.',
      unused: 'It ended by itself: nobody had used it.',
      expired: 'Its time was over.',
      client_deleted: 'The application was deleted here.',
    },
    could: (name: Html) => html`What it could do<span class="unseen">: ${name}</span>`,
  },
  own: { navigation: 'Your pages', download: 'Download your data' },
  security: {
    heading: 'Sign-in and security',
    sessions: 'Where you are signed in',
    explain:
      'If you do not recognise one, sign it out: from that moment on it is signed in no more. What you allowed to applications stays as it is.',
    unknown_browser: 'Unknown browser',
    unknown_device: 'Unknown device',
    this_one: 'This browser',
    signed_in: 'Signed in',
    last_seen: 'Last seen',
    address: 'From the address',
    end: (device: string) => html`Sign out<span class="unseen"> ${device}</span>`,
    end_others: 'Sign out everywhere else',
    session_ended: 'Signed out there.',
    others_ended: 'Signed out everywhere but in this browser.',
    session_unknown: 'That browser is not signed in any more.',
  },
  /** More about the account: pages that `security` leads to. */
  more: {
    heading: 'Your account',
    profile: 'Profile',
    password: 'Change the password',
    address: 'E-mail address',
    signIns: 'Sign-in history',
    deletion: 'Delete the account',
    back: 'Back to sign-in and security',
  },
  ownPassword: {
    heading: 'Change your password',
    current: 'Current password',
    end_others: 'Sign out everywhere else, applications too',
    wrong: 'The current password is not right.',
    changed: 'Your password is changed.',
    changed_alone: 'Your password is changed. Everywhere but in this browser you are signed out.',
    confirm: 'To change your password, confirm first that it is you.',
  },
  ownProfile: {
    heading: 'Profile',
    explain: 'Of this, applications are told what you allow them. What you leave empty is not on file.',
    submit: 'Save',
    saved: 'Saved.',
    same: 'Nothing was different from before.',
    wrong: 'Please look at what is marked: nothing was saved.',
    not_fresh: 'You signed in more than five minutes ago, so nothing was saved yet. What you typed is kept below.',
    keeps: 'Confirm in a new tab that it is you, then come back to this one and save.',
    fixed: 'Kept by whoever runs this server',
    on_file: 'On file',
    nothing_here: 'There is nothing here for you to write.',
    confirm: 'To change your profile, confirm first that it is you.',
    hints: {
      birthdate: 'Year, month, day, such as 1990-12-31, or the year alone.',
      phone_number: 'With the country code, such as +44 20 7946 0000. Applications are told that it is not confirmed.',
      locale: 'Such as en, de-AT or ja.',
      zoneinfo: 'Such as Europe/Paris.',
      profile: 'An address that begins with https://.',
      picture: 'An address that begins with https://.',
      website: 'An address that begins with https://.',
    },
  },
  ownAddress: {
    heading: 'E-mail address',
    none: 'No address of yours is on file.',
    confirmed: 'Confirmed',
    unconfirmed: 'Not confirmed yet',
    new_address: 'New e-mail address',
    explain:
      'We send an e-mail to the new address. It becomes yours when you open its link and are signed in here. Until then nothing changes.',
    submit: 'Send the e-mail',
    confirm_this: 'Send an e-mail to confirm this address',
    sent: (address: Html, wait: string) =>
      html`An e-mail to ${address} is on its way. Its link works once, for ${wait}.`,
    already: 'That is your address already.',
    confirm: 'To change your address, confirm first that it is you.',
    link: {
      heading: 'Confirm your e-mail address',
      sentence: (address: Html, username: Html) => html`${address} becomes the address of your account ${username}.`,
      submit: 'Confirm the address',
      taken: 'Another account here signs in with that address by now, so nothing was changed.',
      stale: 'The address was changed a moment ago. Please press once more.',
      done: 'Your address is confirmed',
      done_more: (address: Html) => html`From now on we write to ${address}, and you can sign in with it.`,
    },
    undo: {
      heading: 'Put your address back?',
      sentence: (address: Html, username: Html) =>
        html`${address} becomes the address of your account ${username} again. Everybody is signed out, the password no longer works, and what was added since to sign in with is removed.`,
      submit: 'Put the address back',
      taken: 'Another account here has that address by now. Please ask whoever runs this server.',
      done: 'Your address is back',
      done_more: 'Now choose a new password, so that nobody else gets in.',
      go_on: 'Choose a new password',
    },
  },
  signIns: {
    heading: 'Sign-in history',
    explain: (length: string) =>
      `Where and how you signed in during the last ${length}. If you do not recognise one, say so.`,
    how: 'Signed in with',
    methods: { pwd: 'Password', otp: 'One-time code', pop: 'Passkey' },
    ended: 'Signed out',
    /** What stands in `unseen` is for people who hear the page. */
    not_me: (device: string) => html`This was not me<span class="unseen">: ${device}</span>`,
    end_others: 'Sign out everywhere else as well',
    disown: 'It was not me',
    disowned: 'It is signed out there. Now change your password: whoever it was may know it.',
    unknown: 'That sign-in is not on record any more.',
  },
  emailCode: {
    offer: 'Sign in with a code by e-mail',
    heading: 'Code by e-mail',
    ask: 'Type the e-mail address of your account. We send a code to it with which you sign in here.',
    send: 'Send the code',
    sent: (wait: string) =>
      `If an account here has that address, a code is on its way. It works in this browser, once, for ${wait}.`,
    code: 'Code from the e-mail',
    wrong_code: 'That code is not right, or no longer works. Check it, or ask for another one.',
    back: 'Sign in another way',
  },
  ownDeletion: {
    heading: 'Delete your account',
    explain: (wait: string) =>
      `You are signed out everywhere else, and applications lose their access, at once. After ${wait} the account is deleted with all that is kept about you. Until then you can sign in and keep it.`,
    submit: 'Delete my account',
    confirm: 'To delete your account, confirm first that it is you.',
    going: (when: Html) => html`Your account will be deleted: ${when}.`,
    keep: 'Keep my account',
    kept: 'Your account stays. Applications that you had allowed get their access again when you use them.',
  },
  secondFactor: {
    heading: 'One more step',
    explain: 'This account is protected by a second factor.',
    code: 'Code from your authenticator app, or a recovery code',
    remember: 'Do not ask for a code in this browser for 30 days',
    remember_hint: 'Only on a device that nobody else uses.',
    submit: 'Continue',
    passkey: 'Use a passkey',
    passkey_needed: 'Confirm with a passkey that it is you.',
    passkey_refused: 'That passkey did not work here.',
    no_script: 'A passkey needs JavaScript, which is switched off here.',
    start_again: 'Start again with another account',
    wrong_code: 'That code is not right, or was used before. Please enter a new one.',
    form_expired: 'The page had been open for too long. Please enter a new code.',
  },
  upstream: {
    with: (provider: string) => `Continue with ${provider}`,
    failed: {
      denied: 'You did not finish signing in there. Choose how you want to sign in.',
      unreachable: 'That provider does not answer just now. Sign in another way, or try again in a moment.',
      refused: 'Signing in there did not work. Sign in another way, or try once more.',
      not_fresh:
        'You are asked to sign in again, and that provider does not say that you did. Please sign in another way.',
    },
    signed_in_there: (provider: string, label: Html) => html`You have signed in at ${provider} as ${label}.`,
    not_connected:
      'No account here is connected to that one yet. If you have an account here, sign in with it once; then you can connect the two.',
    make_account: 'Create a new account',
    have_account: 'You have an account here? Sign in',
    connect_heading: (provider: string) => `Connect ${provider}?`,
    connect_explain: (provider: string, label: Html) =>
      html`From then on, whoever signs in at ${provider} as ${label} is signed in here to this account.`,
    connect_own: 'Connect it only if that account is yours alone.',
    connect: 'Connect',
    skip: 'Do not connect',
    taken: 'That account is connected to another account here already. Nothing was changed.',
    section: 'Accounts elsewhere',
    section_explain: 'With an account that you connect here you can sign in without your password.',
    connect_to: (provider: string) => `Connect ${provider}`,
    disconnect: (account: string) => html`Disconnect<span class="unseen">: ${account}</span>`,
  },
  enrolment: {
    heading: { any: 'Set up a second factor', passkey: 'Set up a passkey' },
    explain: {
      any: 'A password alone is not enough for what comes next. Set up one of these now: from then on you sign in with it.',
      passkey: 'What comes next needs a passkey. Set one up now: from then on you sign in with it.',
    },
    decline: 'Not now: go back',
    go_on: 'Continue',
  },
  factors: {
    locked: 'To change how you sign in, confirm first that it is you.',
    confirm: 'Confirm',
    totp: 'Authenticator app',
    totp_explain: 'After your password you are asked for a code that an app on your phone shows.',
    totp_since: 'Set up',
    totp_set_up: 'Set up an app',
    totp_scan: 'Scan this picture with the app, or type in the key below it.',
    totp_picture: 'QR code of the key',
    totp_key: 'Key',
    totp_code: 'Code that the app shows',
    totp_confirm: 'Turn on',
    totp_remove: 'Remove the app',
    recovery: 'Recovery codes',
    recovery_explain: 'Each of them works once in place of a code of the app.',
    recovery_none: 'You are given ten of them when you set up an app.',
    recovery_left: 'Left',
    recovery_new: 'Make new codes',
    recovery_shown: 'Print them or keep them where you find them without your phone: they are shown this once.',
    recovery_download: 'Download as a text file',
    remembered: 'Browsers that need no code',
    remembered_until: 'Until',
    forget: (device: string) => html`Ask again<span class="unseen">: ${device}</span>`,
    passkeys: 'Passkeys',
    passkeys_explain: 'Sign in with the lock of your device, without a password.',
    passkeys_no_script: 'To add a passkey, switch JavaScript on.',
    passkey_name: 'Name of the passkey',
    passkey_add: 'Add a passkey',
    passkey_rename: 'Rename',
    passkey_remove: (name: string) => html`Remove<span class="unseen">: ${name}</span>`,
    passkey_failed: 'No passkey was made.',
    added: 'Added',
    last_used: 'Last used',
    never: 'not yet',
    totp_added: 'From now on you are asked for a code when you sign in. Keep the recovery codes.',
    totp_removed: 'The app is removed: you are no longer asked for a code.',
    totp_wrong: 'That code is not right. Compare the time of your phone, and try the next code.',
    totp_held: 'An app is set up already, so nothing was changed. If you have no recovery codes, make new ones.',
    recovery_renewed: 'These are your new recovery codes; the old ones no longer work.',
    browser_forgotten: 'That browser will be asked for a code again.',
    passkey_added: 'Passkey added.',
    passkey_renamed: 'Passkey renamed.',
    passkey_removed: 'Passkey removed.',
    passkey_refused: 'That passkey could not be added.',
    upstream_removed: 'Disconnected.',
    upstream_last:
      'That is the only way in that you have. Add a passkey first, or set a password by “Forgot your password?” on the sign-in page.',
    factor_unknown: 'That is not there any more.',
  },
  error: {
    again: 'Try again',
    code: 'Code',
    reference: 'Reference',
    help: 'If you ask the operator of this server for help, tell them this:',
    /** By status. */
    headings: {
      400: 'This link does not work',
      403: 'This did not come from here',
      404: 'There is nothing here',
      405: 'This cannot be done here',
      413: 'That was too long',
      414: 'This link is too long',
      429: 'That was too often',
      500: 'Something went wrong on our side',
      503: 'Too much is going on just now',
    },
    refused: 'This did not work',
    /** By reason, where what a developer is told says nothing to the person. */
    sentences: {
      client_id_missing: 'The application that sent you here did not say which one it is. You did nothing wrong.',
      client_unknown: 'The application that sent you here is not known to this server. You did nothing wrong.',
      client_disabled: 'The application that sent you here has been switched off by the operator of this server.',
      redirect_uri_unregistered:
        'The application sent you here with an address that is not registered for it. You did nothing wrong; nothing was shared.',
      pushed_request_unknown:
        'The link was good for a short time only, and that is over. Go back to the application and start there.',
      pushed_request_expired:
        'The link was good for a short time only, and that is over. Go back to the application and start there.',
      pushed_request_spent:
        'This has been answered already. To begin again, go back to the application and start there.',
      form_from_elsewhere: 'Another site tried to answer in your name. Nothing was done.',
    },
    /** By status, for all other reasons. */
    general: {
      404: 'The address may be mistyped, or what it led to may be gone.',
      429: 'Please wait a moment, then try again.',
      500: 'It has been noted. Trying again in a moment often helps.',
      503: 'Please try again in a moment.',
    },
    not_signed_out:
      'An application asked to sign you out, but in a way that does not work here. You were not signed out.',
    ofTheRequest: 'What was sent here could not be understood. Nothing was shared.',
  },
  explanation: {
    heading: 'What this error means',
    audience: 'This page is for whoever develops or operates the application.',
    several:
      'This is said for several reasons. Only the log tells which one it was, so that somebody who holds something stolen does not learn it:',
    log: 'The operator finds the one reason in the log, by the reference of the answer: x-request-id, or what the page showed.',
  },
  expired: {
    heading: {
      expired: 'This took too long',
      cookie_lost: 'We lost the thread',
      finished: 'This is done already',
    },
    sentence: {
      expired: 'The page was open for so long that it no longer counts. Nothing was shared.',
      cookie_lost:
        'This page was opened in another browser, or its cookies were deleted. Nothing was shared from here, and nothing is broken.',
      finished: 'Your answer has been given and sent. To do it again, start again.',
    },
    start_again: 'Start again',
    in_application: 'To begin again, go back to the application and start there.',
  },
  interstitial: {
    title: (host: string) => `Leaving for ${host}`,
    heading: (host: Html) => html`You are about to go to ${host}`,
    sentence: {
      denied: 'It is told that you did not allow access. Nothing of your account is shared.',
      error: 'It is told that its request did not work. Nothing of your account is shared.',
    },
    leave: 'Continue',
    stay: 'Stay here',
  },
  logout: {
    heading: 'Sign out?',
    sentence: 'This ends your session in this browser.',
    asked: 'Asked for by',
    confirm: 'Sign out',
    stay: 'Stay signed in',
  },
  signedOut: {
    heading: 'You are signed out',
    sentence: 'This browser is no longer signed in here. Applications that may go on without you still can.',
    sign_in: 'Sign in again',
    unconfirmed:
      'These applications have not confirmed yet that they signed you out. We keep telling them; to be sure, sign out there as well.',
    frame: 'Signs you out of an application',
    on: (name: Html) => html`Continue to ${name}`,
  },
  deviceCode: {
    heading: 'Connect a device',
    sentence: 'Enter the code that your device shows. You are then told what it asks for, and decide.',
    user_code: 'Code on the device',
    caution:
      'Did somebody send you the code, or read it to you? Then leave this page: they want access to your account.',
    submit: 'Continue',
    wrong_code: 'No device is waiting with this code. Check it, or start again on the device.',
    throttled: (wait: string) => `Too many codes. Please wait ${wait}, then try again.`,
    form_expired: 'The page had been open for too long. Please send it again.',
  },
  deviceDone: {
    allowed: {
      heading: 'The device is connected',
      sentence: 'You can go on there. This application has access now; you can end it at any time.',
      way_on: 'See or end what it may do',
    },
    denied: {
      heading: 'The device gets no access',
      sentence: 'It is told that you said no. This application got nothing new.',
      way_on: 'Go to your connected applications',
    },
  },
  stop: {
    heading: {
      ask: 'End this access?',
      ended: 'Access ended',
      already_ended: 'This access has ended',
    },
    sentence: {
      ask: 'All of its access to your account ends at once. Nothing has been changed yet.',
      ended: 'It can no longer act with your account.',
      already_ended: 'There is nothing left to end.',
    },
    confirm: 'End access',
  },
  formPost: {
    title: 'Continue',
    heading: (host: Html) => html`On to ${host}`,
    explain: 'Your browser should go on by itself. If it does not, press the button.',
    go: 'Continue',
  },
  byMail: {
    email: 'E-mail address',
    malformed: 'That is not an e-mail address that we can write to.',
    form_expired: 'The page had been open for too long. Please try once more.',
    sent: 'Look in your mailbox',
    forgotten: {
      heading: 'Forgotten password',
      ask: 'Type the e-mail address of your account. We send you an e-mail with a link to choose a new password.',
      submit: 'Send the e-mail',
      sent: (wait: string) =>
        `If an account here has that address, an e-mail is on its way. Its link works once, for ${wait}.`,
    },
    registration: {
      heading: 'Create an account',
      ask: 'Type your e-mail address. We send you an e-mail with a link to go on.',
      submit: 'Send me the e-mail',
      sent: (wait: string) => `An e-mail to that address is on its way. Its link works once, for ${wait}.`,
    },
    not_admitted: 'Accounts here are made with e-mail addresses of other domains.',
  },
  newPassword: {
    heading: 'Choose a new password',
    label: 'New password',
    rule: (count: string) => `At least ${count} characters. Spaces and whole sentences are welcome.`,
    submit: 'Set the password',
    faults: {
      too_short: (count: string) => `That is too short: at least ${count} characters, please.`,
      too_long: (_count: string) => 'That is too long: 1,024 characters at the most, please.',
      common: (_count: string) => 'That is among the first that are guessed. Please choose another one.',
      about_you: (_count: string) =>
        'That is little more than a name of yours or of this server. Please choose another one.',
    },
    done: 'Your password is set',
    ended: 'Wherever else you were signed in, you no longer are. Sign in with the new password.',
    sign_in: 'Go on to sign in',
  },
  newAccount: {
    heading: 'Create your account',
    username: 'User name',
    username_rule: '3 to 64 characters: letters from a to z, digits, dots and hyphens.',
    password: 'Password',
    submit: 'Create the account',
    faults: {
      malformed: 'A user name here has 3 to 64 letters from a to z, digits, dots and hyphens.',
      reserved: 'That user name is kept for those who run this server. Please choose another one.',
      taken: 'That user name is taken. Please choose another one.',
    },
    done: 'Your account is ready',
    next: 'Sign in with it, and you go on where you were.',
  },
  linkOver: {
    heading: 'This link no longer works',
    sentence: 'It was used already, or it is too old. Nothing was changed.',
    again: 'Ask for another e-mail',
  },
  letter: {
    subject: {
      grant_given: (host: string) => `${host} has access to your account`,
      grant_widened: (host: string) => `${host} has more access to your account`,
      grant_lengthened: (host: string) => `${host} keeps access to your account for longer`,
      grant_resumed: (host: string) => `${host} has access to your account again`,
      grant_unused: (host: string) => `${host} no longer has access to your account`,
      grant_expired: (host: string) => `The access of ${host} to your account has ended`,
    },
    first: {
      grant_given: (host: string, username: string) => `${host} was allowed access to your account ${username}.`,
      grant_widened: (host: string, username: string) => `${host} was allowed more access to your account ${username}.`,
      grant_lengthened: (host: string, username: string) =>
        `On your own page, the access of ${host} to your account ${username} was given more time.`,
      grant_resumed: (host: string, username: string) =>
        `On your own page, the paused access of ${host} to your account ${username} was resumed.`,
      /** `unused` is how long nobody had used it: “90 days”. */
      grant_unused: (host: string, username: string, unused: string) =>
        `Nobody had used the access of ${host} to your account ${username} for ${unused}, so it has ended.`,
      grant_expired: (host: string, username: string) =>
        `The time of the access of ${host} to your account ${username}, which you had paused, is over.`,
    },
    registered: (name: string) => `It is registered with this server as ${name}.`,
    claimed: (name: string) => `It calls itself “${name}”. Nobody here has checked that name.`,
    described_at: (host: string) => `It describes itself at ${host}.`,
    may: {
      grant_given: 'What it may do:',
      grant_widened: 'What it may do in addition:',
      grant_lengthened: 'What it may do:',
      grant_resumed: 'What it may do:',
      grant_unused: 'What it could do:',
      grant_expired: 'What it could do:',
    },
    asks_again: 'You need not do anything. When you use the application again, it asks you again.',
    permission: (place: string, title: string) => `- ${place}: ${title}`,
    until: (end: string) => `Until: ${end}`,
    never_ends: 'until you remove it',
    stop: 'If that was not you, or you want it to end, open this page and confirm:',
    all: 'All applications that have access to your account:',
    subjects: {
      password_reset: (host: string) => `A new password at ${host}`,
      registration: (host: string) => `Your account at ${host}`,
      invitation: (host: string) => `An invitation to ${host}`,
      password_changed: (host: string) => `Your password at ${host} was changed`,
      sign_in_code: (host: string) => `Your code for ${host}`,
      deletion_asked: (host: string) => `Your account at ${host} will be deleted`,
      address_change: (host: string) => `Your e-mail address at ${host}`,
      address_undo: (host: string) => `Your e-mail address at ${host} was changed`,
      security: (host: string) => `How you sign in at ${host} was changed`,
      account_state: (host: string) => `About your account at ${host}`,
    },
    asked: {
      password_reset: (host: string, username: string) =>
        `Somebody, you we hope, asked for a new password for your account ${username} at ${host}.`,
      registration: (host: string) => `Somebody, you we hope, asked for an account at ${host} with this address.`,
      invitation: (host: string) => `You are invited to create an account at ${host} with this address.`,
      known: (host: string, username: string) =>
        `Somebody, you we hope, asked for an account at ${host} with this address. There is one already: ${username}.`,
      password_changed: (host: string, username: string) =>
        `The password of your account ${username} at ${host} was changed. Wherever you were signed in, you no longer are.`,
      sign_in_code: (host: string, username: string) =>
        `Somebody, you we hope, wants to sign in to your account ${username} at ${host}. This is the code:`,
      deletion_asked: (host: string, username: string) =>
        `On your own page, your account ${username} at ${host} was marked to be deleted.`,
      address_change: (host: string, username: string) =>
        `Somebody, you we hope, wants this to be the address of the account ${username} at ${host}.`,
      address_taken: (host: string, username: string) =>
        `Somebody wanted this to be the address of another account at ${host}. It is that of your account ${username}, and stays so: nothing was changed.`,
      address_undo: (host: string, username: string) =>
        `This is no longer the address of your account ${username} at ${host}: another one was confirmed. If that was you, you need not do anything.`,
      password_changed_here: (host: string, username: string) =>
        `On your own page, the password of your account ${username} at ${host} was changed.`,
      passkey_added: (host: string, username: string) =>
        `A passkey was added to your account ${username} at ${host}: it can sign in from now on.`,
      passkey_removed: (host: string, username: string) =>
        `A passkey was removed from your account ${username} at ${host}.`,
      upstream_linked: (host: string, username: string) =>
        `A way to sign in to your account ${username} at ${host} was added: an account at another provider.`,
      upstream_unlinked: (host: string, username: string) =>
        `A way to sign in to your account ${username} at ${host} was removed: an account at another provider.`,
      totp_added: (host: string, username: string) =>
        `An authenticator app was set up for your account ${username} at ${host}: its codes are asked for from now on.`,
      account_disabled: (host: string, username: string) =>
        `Whoever runs ${host} has blocked your account ${username}. Nobody can sign in to it, and what you allowed applications rests until it is unblocked.`,
      account_enabled: (host: string, username: string) =>
        `Whoever runs ${host} has unblocked your account ${username}. You can sign in again.`,
      factors_removed: (host: string, username: string) =>
        `Whoever runs ${host} took away the passkeys, the authenticator app and the accounts elsewhere with which your account ${username} was signed in to. Your password is as it was; wherever you were signed in, you no longer are.`,
      totp_removed: (host: string, username: string) =>
        `The authenticator app of your account ${username} at ${host} was removed: no codes are asked for any more.`,
      recovery_codes_renewed: (host: string, username: string) =>
        `New recovery codes were made for your account ${username} at ${host}; the old ones no longer work.`,
      sign_in_disowned: (host: string, username: string) =>
        `On your own page, a sign-in to your account ${username} at ${host} was said not to be yours. It was ended.`,
    },
    undo: 'If that was not you, open this page: it puts the address back, signs everybody out and lets you choose a new password.',
    code: (wait: string) =>
      `Type it where you asked for it, within ${wait}. Give it to nobody: whoever asks you for it wants your account.`,
    keep: (when: string) => `It is deleted on ${when}. To keep it, sign in here before that:`,
    open: 'To go on, open this page:',
    good_for: (wait: string) => `The link works once, for ${wait}.`,
    otherwise: 'If that was not you, do nothing: nothing has been changed.',
    sign_in_here: 'Sign in here:',
    forgotten_here: 'If you forgot the password, choose a new one here:',
    not_you: 'If that was not you, choose another password at once:',
    ask_them: 'If you do not know why, ask them.',
  },
}

/** All that pages and letters say, in one language. */
export type Catalogue = typeof en

/** What they say to one reader. */
export type Words = Catalogue & {
  /** In whose name it is said. */
  readonly brand: Brand
  /** The time zone of whoever reads, a name of IANA's; absent: UTC. One that is not known counts as absent. */
  readonly time_zone?: string
}
