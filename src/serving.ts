/** What a process needs that answers requests, in one file of what is made of src/. */
export { startServer } from './server.ts';
export { openServices } from './services.ts';
