// What a test run left behind, from its .trx file or its TAP output.

/**
 * Reads the results of one assembly: { passed, failed: [{ name, message, stack }], skipped: [{ name, reason }] }. The file is what the
 * test platform writes, so well-formed; attributes and elements are picked out of it as they are.
 */
export function parseTrx(xml) {
  const results = { passed: 0, failed: [], skipped: [] };
  for (const [, attributes, selfClosed, body = ''] of xml.matchAll(/<UnitTestResult\b([^>]*?)(?:(\/)>|>([\s\S]*?)<\/UnitTestResult>)/g)) {
    const name = unescapeXml(/\btestName="([^"]*)"/.exec(attributes)?.[1] ?? '?');
    const outcome = /\boutcome="([^"]*)"/.exec(attributes)?.[1];
    const inner = selfClosed ? '' : body;
    if (outcome === 'Passed') {
      results.passed++;
    } else if (outcome === 'NotExecuted') {
      results.skipped.push({ name, reason: textOf(inner, 'Message') || textOf(inner, 'StdOut') || 'no reason given' });
    } else {
      results.failed.push({ name, message: textOf(inner, 'Message') || `outcome ${outcome}`, stack: textOf(inner, 'StackTrace') });
    }
  }
  return results;
}

/** Reads what `node --test --test-reporter=tap` printed, for files whose tests are not nested. */
export function parseTap(text) {
  const results = { passed: 0, failed: [], skipped: [] };
  for (const [, not, name, directive = '', diagnostics = ''] of text.matchAll(/^(not )?ok \d+ - (.*?)(?: # (SKIP.*|TODO.*))?$(?:\n  ---\n([\s\S]*?)\n  \.\.\.$)?/gm)) {
    if (directive.startsWith('SKIP')) {
      results.skipped.push({ name, reason: directive.slice('SKIP'.length).trim() || 'no reason given' });
    } else if (not) {
      results.failed.push({ name, message: diagnostics || 'run node --test on its file to see why', stack: '' });
    } else {
      results.passed++;
    }
  }
  return results;
}

/** The very last line of a run. */
export function summaryLine({ passed, failed, skipped }) {
  return `${passed} passed, ${failed.length} failed, ${skipped.length} skipped`;
}

/** Everything of several runs together. */
export function combine(runs) {
  return {
    passed: runs.reduce((sum, run) => sum + run.passed, 0),
    failed: runs.flatMap(run => run.failed),
    skipped: runs.flatMap(run => run.skipped),
  };
}

function textOf(xml, element) {
  const match = new RegExp(`<${element}>([\\s\\S]*?)</${element}>`).exec(xml);
  return match ? unescapeXml(match[1]).trim() : '';
}

const entities = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

function unescapeXml(text) {
  return text.replace(/&(?:#x([0-9a-fA-F]+)|#(\d+)|(\w+));/g, (whole, hex, decimal, name) =>
    hex ? String.fromCodePoint(parseInt(hex, 16)) : decimal ? String.fromCodePoint(Number(decimal)) : entities[name] ?? whole);
}
