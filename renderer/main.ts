import './lib/bridge/no-eval.ts';
import './styles/tokens.css';
import './styles/base.css';
import { mount } from 'svelte';
import App from './App.svelte';
import { createBridge } from './lib/bridge/index.ts';
import { applyAppearance, rememberedAppearance } from './lib/state/appearance.ts';

applyAppearance(rememberedAppearance());

const target = document.getElementById('app');
if (target === null) throw new Error('The page has no #app element.');
mount(App, { target, props: { bridge: createBridge() } });
