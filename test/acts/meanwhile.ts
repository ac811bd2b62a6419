import type { Services } from '../../src/services.ts';

/** The services of an act before whose transaction something else happens: what somebody does at the same moment. */
export function meanwhile(services: Services, happens: () => Promise<unknown>): Services {
  const database = new Proxy(services.database, {
    get(target, name) {
      if (name === 'transaction') {
        return () => ({
          execute: async (work: never) => {
            await happens();
            return target.transaction().execute(work);
          },
        });
      }
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
  return { ...services, database };
}
