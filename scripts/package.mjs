// npm run package: the contract's name for making the editor extension.

console.error('npm run package is not built yet. extension-vscode runs from its folder: CONTRIBUTING.md tells how.');
process.exitCode = 2;
