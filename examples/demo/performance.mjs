/**
 * One demo from its first line to its exit code: cleans up however it ends, also by SIGINT and SIGTERM, and prints the
 * result, as one line for programs where they asked for that.
 */
export async function perform({ play, failed, cleanUp, account, json, agreed }) {
  let ending = false;
  for (const signal of ["SIGINT", "SIGTERM"]) {
    process.once(signal, () => {
      ending = true;
      void cleanUp().finally(() => process.exit(130));
    });
  }
  let result;
  try {
    result = await play();
  } catch (error) {
    result = { ok: false, ...failed(), error: error.message };
  } finally {
    if (!ending) await cleanUp();
  }
  if (json) console.log(JSON.stringify(result));
  else account.end(result, agreed);
  process.exitCode = result.ok ? 0 : 1;
}
