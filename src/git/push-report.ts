import { band, encodeBand, encodePacket, flushPacket } from './pkt-line.ts';
import { bytesOfRefText } from './ref-text.ts';

/** The answer to a push, `report-status` and `report-status-v2` of gitprotocol-pack(5), as we write it when we refuse. */

export type RefReport =
  | { readonly ref: string; readonly outcome: 'ok' }
  | { readonly ref: string; readonly outcome: 'refused'; readonly reason: string };

export type PushReport = {
  /** 'ok', or why the pack was not taken. */
  readonly unpack: string;
  readonly refs: readonly RefReport[];
  /** Shown to the person, each line behind "remote: ". Reaches only clients that ask for side-band-64k. */
  readonly message?: string;
};

/**
 * Writes the report in the form the client asked for by its capabilities. A refusal has the same form in both
 * versions of report-status; version 2 only adds options to an `ok`. Empty for a client that wants no report.
 */
export function encodePushReport(capabilities: ReadonlyMap<string, string>, report: PushReport): Buffer {
  const wanted = capabilities.has('report-status') || capabilities.has('report-status-v2');
  const status = wanted ? encodeStatus(report) : Buffer.alloc(0);
  if (!capabilities.has('side-band-64k')) return status;
  const message = report.message === undefined ? '' : `${report.message.replace(/\n*$/, '')}\n`;
  return Buffer.concat([encodeBand(band.progress, message), encodeBand(band.pack, status), flushPacket]);
}

function encodeStatus(report: PushReport): Buffer {
  const lines = report.refs.map((entry) =>
    encodePacket(
      bytesOfRefText(
        entry.outcome === 'ok' ? `ok ${entry.ref}\n` : `ng ${entry.ref} ${oneLine(entry.reason)}\n`,
      ),
    ),
  );
  return Buffer.concat([encodePacket(`unpack ${oneLine(report.unpack)}\n`), ...lines, flushPacket]);
}

function oneLine(text: string): string {
  return text.replace(/[\x00-\x1f\x7f]+/g, ' ').slice(0, 1000);
}
