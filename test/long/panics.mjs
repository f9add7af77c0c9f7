// Run by addon.test.ts in a process of its own: the addon built with exports that panic.
const library = { exports: {} };
process.dlopen(library, process.argv[2]);
const addon = library.exports;

const errors = [];
try {
  addon.panicHere();
} catch (error) {
  errors.push(error.message);
}
await addon.panicInTask().catch((error) => errors.push(error.message));
const many = Array.from({ length: 32 }, () => addon.panicInTask().catch(() => "rejected"));
const rejected = (await Promise.all(many)).filter((outcome) => outcome === "rejected").length;

const after = await addon.verifyMessages(new Uint8Array());
console.log(JSON.stringify({ errors, rejected, after: after.length }));
