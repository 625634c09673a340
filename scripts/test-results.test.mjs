import assert from 'node:assert/strict';
import test from 'node:test';
import { combine, parseTap, parseTrx, summaryLine } from './test-results.mjs';

const trx = `<?xml version="1.0" encoding="utf-8"?>
<TestRun><Results>
  <UnitTestResult testId="1" testName="A.Passes" duration="00:00:01" outcome="Passed" relativeResultsDirectory="x" />
  <UnitTestResult testId="2" testName="A.PassesWithOutput(text: &quot;a &lt; b&quot;)" outcome="Passed"><Output><StdOut>hello</StdOut></Output></UnitTestResult>
  <UnitTestResult testId="3" testName="A.Fails" outcome="Failed">
    <Output><ErrorInfo><Message>should be 1 &amp; not &#x32;</Message><StackTrace>at A.Fails()</StackTrace></ErrorInfo></Output>
  </UnitTestResult>
  <UnitTestResult testId="4" testName="A.Skipped" outcome="NotExecuted"><Output><ErrorInfo><Message>bubblewrap is not installed</Message></ErrorInfo></Output></UnitTestResult>
  <UnitTestResult testId="5" testName="A.SkippedToo" outcome="NotExecuted"><Output><StdOut>no network</StdOut></Output></UnitTestResult>
</Results></TestRun>`;

test('a .trx file is read with names, messages and reasons', () => {
  assert.deepEqual(parseTrx(trx), {
    passed: 2,
    failed: [{ name: 'A.Fails', message: 'should be 1 & not 2', stack: 'at A.Fails()' }],
    skipped: [{ name: 'A.Skipped', reason: 'bubblewrap is not installed' }, { name: 'A.SkippedToo', reason: 'no network' }],
  });
});

test('a .trx file without results has none', () => {
  assert.deepEqual(parseTrx('<TestRun><ResultSummary outcome="Completed" /></TestRun>'), { passed: 0, failed: [], skipped: [] });
});

test('TAP output is read with failures and skips', () => {
  const tap = 'TAP version 13\n# Subtest: a\nok 1 - a\n  ---\n  duration_ms: 1\n  ...\nnot ok 2 - b\n  ---\n  error: 1 is not 2\n  ...\nnot ok 4 - d\nok 3 - c # SKIP no dotnet\n1..3\n# pass 1\n';
  const results = parseTap(tap);
  assert.equal(results.passed, 1);
  assert.deepEqual(results.failed.map(each => [each.name, each.message]), [['b', '  error: 1 is not 2'], ['d', 'run node --test on its file to see why']]);
  assert.deepEqual(results.skipped, [{ name: 'c', reason: 'no dotnet' }]);
});

test('the summary of several runs is one line in one form', () => {
  assert.equal(summaryLine(combine([parseTrx(trx), parseTrx(trx)])), '4 passed, 2 failed, 4 skipped');
});
