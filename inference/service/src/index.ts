export { inferenceSettings } from './settings.js';
