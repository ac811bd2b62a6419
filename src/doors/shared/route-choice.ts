import type { IncomingMessage } from 'node:http';
import type { FastifyInstance } from 'fastify';

/**
 * Lets the router choose between routes at one address: `constraints: { [name]: choice }`. Each is a route of its own with
 * an operation of its own, so what is decided and what runs come from one place.
 *
 * @param chosenBy the choice that a request makes; undefined: it comes to no route with a choice
 */
export function addRouteChoice(
  app: FastifyInstance,
  name: string,
  choices: readonly string[],
  chosenBy: (request: Pick<IncomingMessage, 'url' | 'headers'>) => string | undefined,
): void {
  if (app.hasConstraintStrategy(name)) return;
  app.addConstraintStrategy({
    name,
    storage() {
      const handlers = new Map<unknown, never>();
      return {
        get: (choice: unknown) => handlers.get(choice) ?? null,
        set: (choice: unknown, handler: never) => void handlers.set(choice, handler),
      };
    },
    validate(choice: unknown) {
      if (!choices.some((each) => each === choice)) {
        throw new TypeError(`A route is constrained to a ${name} that there is.`);
      }
    },
    deriveConstraint: chosenBy,
  });
}
