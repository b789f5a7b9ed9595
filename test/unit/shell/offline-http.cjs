// In place of the HTTP client of the security checker, which would otherwise look for news and translations online.
module.exports = () => Promise.reject(new Error('This test makes no network requests.'));
