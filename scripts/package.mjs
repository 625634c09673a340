// npm run package: the contract's name for making the editor extension.

console.error('npm run package is not built yet: this version has no editor extension. The command line is what npm run build leaves.');
process.exitCode = 2;
