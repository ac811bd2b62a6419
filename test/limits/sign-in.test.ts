import { describe, expect, it } from 'vitest';
import { SignInThrottle } from '../../src/limits/sign-in.ts';

const refused = { code: 'unavailable' };

describe('the throttle of sign-ins', () => {
  it('counts failures of a name from an address, and forgets them on success', async () => {
    const throttle = new SignInThrottle({ perName: 2, perAddress: 100 });
    await throttle.begin('ada', '10.0.0.1');
    const succeeded = await throttle.begin(' ADA ', '10.0.0.1');
    await expect(throttle.begin('ada', '10.0.0.1')).rejects.toMatchObject(refused);
    await succeeded();
    await expect(throttle.begin('ada', '10.0.0.1')).resolves.toBeTypeOf('function');
  });

  it('does not keep the owner out because somebody guesses elsewhere', async () => {
    const throttle = new SignInThrottle({ perName: 1, perAddress: 100 });
    await throttle.begin('ada', '10.0.0.1');
    await expect(throttle.begin('ada', '10.0.0.1')).rejects.toMatchObject(refused);
    await expect(throttle.begin('ada', '10.0.0.2')).resolves.toBeTypeOf('function');
  });

  it('stops one address from going through the names, and says how long', async () => {
    const throttle = new SignInThrottle({ perName: 10, perAddress: 3 });
    for (const name of ['a', 'b', 'c']) await throttle.begin(name, '10.0.0.1');
    await expect(throttle.begin('d', '10.0.0.1')).rejects.toThrow(/Wait 15 minutes/);
    await expect(throttle.begin('d', '10.0.0.2')).resolves.toBeTypeOf('function');
  });

  it('counts many tries at once as many', async () => {
    const throttle = new SignInThrottle({ perName: 5, perAddress: 100 });
    const tries = await Promise.allSettled(
      Array.from({ length: 20 }, () => throttle.begin('ada', '10.0.0.1')),
    );
    expect(tries.filter(({ status }) => status === 'fulfilled')).toHaveLength(5);
  });
});
