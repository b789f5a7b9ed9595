/** Browser tests that take too long for every run: the same browser and settings, one at a time, no limit in all. */
import config from '../playwright.config.ts';

export default { ...config, testDir: import.meta.dirname, testMatch: /\.spec\.ts$/, workers: 1, globalTimeout: 0 };
