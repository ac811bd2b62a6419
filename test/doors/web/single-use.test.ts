import { describe, expect, it } from 'vitest';
import { SingleUse } from '../../../src/doors/web/single-use.ts';

describe('a form that may be sent once', () => {
  it('is taken once by each session, and not at all without its token', () => {
    const forms = new SingleUse();
    const token = forms.token();
    expect(forms.take('one', token)).toBe(true);
    expect(forms.take('one', token)).toBe(false);
    expect(forms.take('two', token)).toBe(true);
    for (const bad of ['', 'short', `${token}x`, `${token.slice(1)}!`])
      expect(forms.take('one', bad)).toBe(false);
  });

  it('is remembered within bounds', () => {
    const forms = new SingleUse();
    const first = forms.token();
    forms.take('one', first);
    for (let count = 0; count < 10_000; count++) forms.take('one', forms.token());
    expect(forms.take('one', first)).toBe(true);
  });
});
