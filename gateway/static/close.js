/* The end of a registration: asks the platform to close its frame (LTI Dynamic Registration 3.7). */
(function () {
  'use strict';
  var button = document.querySelector('[data-close]');
  if (!button) return;
  /* No secret in it, and the platform's origin is not ours to know here. */
  function close() {
    (window.opener || window.parent).postMessage({ subject: 'org.imsglobal.lti.close' }, '*');
  }
  button.hidden = false;
  button.addEventListener('click', close);
  /* Long enough to read that something is left to do. */
  window.setTimeout(close, 1000 * Number(button.getAttribute('data-close')));
})();
