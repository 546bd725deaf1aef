/**
 * The environment for the tools that the scripts run. `npm start` hands its own settings down as `npm_*` variables, and a nested npm or pnpm would take them for the
 * user's wishes; NODE_ENV=production would leave out the dev dependencies, which are the whole tool chain.
 */

/** npm settings that say how to reach the registry; these stay. */
const KEPT =
  /^npm_config_(registry|.*proxy|noproxy|cafile|ca|cert|key|strict_ssl|userconfig|globalconfig|cache|store_dir|fetch_.*|network_.*|.*_authtoken|.*_auth|\/\/.*|@.*)$/i;

/** The user's environment without what npm adds to it. */
export function cleanEnvironment(extra = {}) {
  const env = {};
  for (const [name, value] of Object.entries(process.env)) {
    if (/^npm_/i.test(name) && !KEPT.test(name)) continue;
    if (name === "NODE_ENV" || name === "INIT_CWD") continue;
    env[name] = value;
  }
  return { ...env, ...extra };
}

/** The folder in which the user typed the command; npm changes into the repository and notes it. */
export function userFolder() {
  return process.env.INIT_CWD ?? process.cwd();
}
