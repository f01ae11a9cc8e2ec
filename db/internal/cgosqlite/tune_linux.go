//go:build cgo

package cgosqlite

/*
#include <stdint.h>

// SQLite comes with the driver's package, so these are known when the program is linked,
// not yet when this file is.
extern int sqlite3_config(int, ...) __attribute__((weak));
extern int sqlite3_db_config(void *, int, ...) __attribute__((weak));
extern int sqlite3_auto_extension(void (*)(void)) __attribute__((weak));

enum { CONFIG_MEMSTATUS = 9, DBCONFIG_ENABLE_QPSG = 1007 }; // of sqlite3.h

static int steady; // what the connection opened last says about its plans

static int onOpen(void *db, char **err, void *api) {
	return sqlite3_db_config(db, DBCONFIG_ENABLE_QPSG, 1, &steady);
}

static int tune(void) {
	if (!sqlite3_config || !sqlite3_db_config || !sqlite3_auto_extension) return -1;
	int rc = sqlite3_config(CONFIG_MEMSTATUS, 0);
	return rc ? rc : sqlite3_auto_extension((void (*)(void))onOpen);
}

static int steadyPlans(void) { return steady; }
*/
import "C"

// tuned is SQLite's result code of [tune], 0 for success.
var tuned = tune()

// tune makes two settings that no pragma reaches, before the first connection:
//
//   - SQLite does not count its memory, which it does under one lock for all connections
//     at every allocation.
//   - A plan does not depend on the values bound (the query planner stability guarantee).
//     Without it SQLite prepares a statement with a join again at every single use, since
//     the driver clears the bindings after each.
func tune() int { return int(C.tune()) }

// steadyPlans tells whether the connection opened last has the guarantee.
func steadyPlans() bool { return C.steadyPlans() == 1 }
