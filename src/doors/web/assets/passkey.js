// Asks the browser for a passkey (WebAuthn) and sends its answer with the form that the button stands in. Buttons come hidden:
// without this script, or in a browser without passkeys, the other ways of the page remain.
(() => {
  'use strict';
  if (!window.PublicKeyCredential) return;

  const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, '+').replace(/_/g, '/')), (each) => each.charCodeAt(0));
  const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '');
  const named = (list) => list?.map((each) => ({ ...each, id: bytes(each.id) }));

  async function create(options) {
    const publicKey = {
      ...options,
      challenge: bytes(options.challenge),
      user: { ...options.user, id: bytes(options.user.id) },
      excludeCredentials: named(options.excludeCredentials),
    };
    const { id, rawId, type, response } = await navigator.credentials.create({ publicKey });
    return {
      id, rawId: text(rawId), type,
      response: {
        clientDataJSON: text(response.clientDataJSON),
        attestationObject: text(response.attestationObject),
        transports: response.getTransports?.() ?? [],
      },
    };
  }

  async function get(options) {
    const publicKey = { ...options, challenge: bytes(options.challenge), allowCredentials: named(options.allowCredentials) };
    const { id, rawId, type, response } = await navigator.credentials.get({ publicKey });
    return {
      id, rawId: text(rawId), type,
      response: {
        clientDataJSON: text(response.clientDataJSON),
        authenticatorData: text(response.authenticatorData),
        signature: text(response.signature),
        ...(response.userHandle && { userHandle: text(response.userHandle) }),
      },
    };
  }

  for (const button of document.querySelectorAll('[data-passkey]')) {
    const trouble = button.parentElement.querySelector('[data-passkey-trouble]');
    const field = button.form.querySelector('input[name=passkey]');
    button.hidden = false;
    const answer = async () => {
      button.disabled = true;
      trouble.hidden = true;
      try {
        const ask = button.dataset.passkey === 'create' ? create : get;
        field.value = JSON.stringify(await ask(JSON.parse(button.dataset.passkeyOptions)));
        button.form.submit();
      } catch (error) {
        trouble.textContent = error?.name === 'InvalidStateError'
          ? 'This passkey or security key is registered already.'
          : 'Nothing came back from the passkey or security key. Try again.';
        trouble.hidden = false;
        button.disabled = false;
      }
    };
    button.addEventListener('click', () => void answer());
  }
})();
