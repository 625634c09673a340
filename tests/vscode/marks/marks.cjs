// Beside our extension while it is measured: writes down when the extension host loaded and activated it. The editor notes this for
// every extension ("Developer: Startup Performance" shows it), as milliseconds since 1970.

const { renameSync, writeFileSync } = require('node:fs');

const id = 'agent-ide.agent-ide';

exports.activate = () => {
  const file = process.env.MARKS_FILE;
  const looking = setInterval(() => {
    const marks = Object.fromEntries(globalThis.MonacoPerformanceMarks.getMarks().map(({ name, startTime }) => [name, startTime]));
    const of = what => marks[`code/extHost/${what}/${id}`];
    if (of('didActivateExtension') === undefined) return;
    clearInterval(looking);
    const times = { load: of('willLoadExtensionCode'), loaded: of('didLoadExtensionCode'), activate: of('willActivateExtension'), activated: of('didActivateExtension') };
    if (file === undefined) return;
    writeFileSync(`${file}.new`, JSON.stringify(times));
    renameSync(`${file}.new`, file);
  }, 100);
};
