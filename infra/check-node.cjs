// Loaded before anything else by the npm scripts, so only syntax that an old Node reads as well.
'use strict';

var fs = require('fs');
var path = require('path');

/**
 * @param {string} have such as 20.20.2
 * @param {string} need such as >=24
 * @returns {string} empty when this Node will do, else what to tell the user
 */
function problemWith(have, need) {
  var wanted = need.replace(/^\D+/, '').split('.').map(Number);
  var given = have.split('.').map(Number);
  for (var i = 0; i < wanted.length; i += 1) {
    if (given[i] > wanted[i]) return '';
    if (given[i] < wanted[i]) {
      return (
        'Hookline needs Node ' +
        wanted.join('.') +
        ' or newer; this is ' +
        have +
        '.\n' +
        'npm ci brings a fitting one along, unless install scripts are blocked: run\n' +
        '"npm ci --ignore-scripts=false", or install Node ' +
        wanted[0] +
        ' yourself.'
      );
    }
  }
  return '';
}

var engines = JSON.parse(fs.readFileSync(path.join(__dirname, '../package.json'), 'utf8')).engines;
var problem = problemWith(process.versions.node, engines.node);
if (problem) {
  process.stderr.write(problem + '\n');
  process.exit(1);
}

/**
 * A folder below the user's cache, made level by level: where a level cannot be made, Node itself
 * (24.21, both with mkdir's `recursive` and for its compile cache) may try again for ever.
 *
 * @returns {string} empty where there can be none
 */
function cacheFolder() {
  try {
    var folder = process.env.XDG_CACHE_HOME || path.join(require('os').homedir(), '.cache');
    ['', 'hookline', 'compiled'].forEach(function (level) {
      folder = path.join(folder, level);
      if (!fs.existsSync(folder)) fs.mkdirSync(folder);
    });
    fs.accessSync(folder, fs.constants.W_OK);
    return folder;
  } catch (error) {
    return '';
  }
}

// What Node has compiled is kept between starts, which halves what a start costs. Roles that we
// start find it by the same variable.
var cache = process.env.NODE_COMPILE_CACHE ? '' : cacheFolder();
if (cache) {
  process.env.NODE_COMPILE_CACHE = cache;
  require('module').enableCompileCache(cache);
}

// As process 1 of a container Node does not end by a signal that nobody listens to: a stop that comes
// while a role is being loaded would wait for the end of the grace. Whoever listens takes over.
if (process.pid === 1) {
  process.on('SIGTERM', function () {
    // Never removed: with the last listener Node would give up the signal, for a later one as well.
    if (process.listenerCount('SIGTERM') === 1) process.exit(143);
  });
}

exports.problemWith = problemWith;
