import { encode } from 'uqr';
import { html, type Html } from '../../html.ts';

/** The light margin that readers need, in modules (ISO/IEC 18004). */
const QUIET_ZONE = 4;

/** A picture to be read by a phone. It is dark on light whatever the colours of the page are. */
export function qrPicture(text: string, description: string): Html {
  const { data, size } = encode(text, { ecc: 'L', border: QUIET_ZONE });
  const dark = data
    .flatMap((row, y) => row.map((isDark, x) => (isDark ? `M${x} ${y}h1v1h-1z` : '')))
    .join('');
  return html`<svg class="qr" viewBox="0 0 ${size} ${size}" role="img" aria-label="${description}" shape-rendering="crispEdges"><rect width="${size}" height="${size}" fill="#fff"/><path d="${dark}" fill="#000"/></svg>`;
}
