// What a screen is given: the address that leads to it.
import type { ComponentType } from 'preact';
import type { Route } from '../route/route.js';

export type Screen = ComponentType<Route>;
