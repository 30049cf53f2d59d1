/*
 * The history protocol on SQLite, for Spin; history.pml says what is alike.
 *
 * No server outlives a run: its locks, and a transaction that is not committed,
 * go with its process.  A COMMIT that meets an I/O error may have succeeded.
 * One transaction writes at a time; runs that have a migration without one
 * hold the lock file, too.  A run that has made the file keeps it to itself.
 */
#ifndef NR
#define NR 2
#endif
#define NB NR
#ifndef DOUBTS
#define DOUBTS 0	/* COMMITs whose outcome is not known */
#endif
#define RELEASE(q) if :: xact == q && !kept[q] -> xact = NONE :: else fi
#include "world.pml"

/* The write lock and the lock file, by run. */
byte xact = NONE, lockfile = NONE;
bit kept[NR], wrote[NR];	/* tx_keep() */
bit changed[NR];		/* sqlite_others_wrote() */
#ifdef FRESH	/* there is no file yet; with ROWS=4 */
bit file;
#else
bit file = 1;
#endif
byte doubts = DOUBTS;

#include "plan.pml"

#define HAS_WRITE (xact == NONE || xact == i)
#define HAS_FILE (lockfile == NONE || lockfile == i)
/* What is kept shuts readers out when it has been written to. */
#define READABLE (xact == NONE || xact == i || !wrote[xact])
/* Who keeps the database waits for nobody: that one may wait for him. */
#ifdef W_KEPT_WAITS
#define LOCK_FREE HAS_FILE
#else
#define LOCK_FREE (HAS_FILE || kept[i])
#endif
#ifdef W_NOCHECKLOCK
#define MAY_BEGIN true
#else
#define MAY_BEGIN (kept[i] || HAS_FILE)	/* tx_check_lock() */
#endif
#ifdef W_NOOTHERS
#define OTHERS_WROTE false
#else
#define OTHERS_WROTE changed[i]
#endif
/* run_has_outside() */
#define OUTSIDE(m) ((p & BIT(m)) && !IN_TRANSACTION_OF(m))
#define IN_TRANSACTION_OF(m) (KIND(m) == T || (KIND(m) == NT && BACKWARD))
#define HAS_OUTSIDE (OUTSIDE(0) || OUTSIDE(1))

#if KILLS
#define KILLED :: atomic { CAN(kills) -> USE(kills); goto failed }
#else
#define KILLED
#endif

inline end_process() {
	kept[i] = 0; wrote[i] = 0; end_transaction(i);
	if :: lockfile == i -> lockfile = NONE :: else fi;
	created = 0
}
inline publish() {
	wrote[i] = kept[i]; commit(i); z = 0;
	do
	:: z < NR -> changed[z] = changed[z] || z != i; z++
	:: else -> break
	od;
	z = 0
}
/* sqlite_commit(), and where to go on after it. */
#define TRANSACTION 1
#define ENTERED 2
#define REPEATED 3	/* what is read and decided anew, either way */
#define AMENDED 4
#define OK 1
#define OK_UNKNOWN 2
#define NOT_UNKNOWN 3
/* outside_check_plan(), outside_check_journal(), and the compare-and-set */
inline n_check() {
	if
	:: ROW_MOVED -> goto n_guard
	:: !ROW_MOVED && !ours && (MOVED_FIRST || MOVED_PLAN) ->
		goto again
	:: else -> if
		:: CAS_FIRST || CAS(seen[i]) -> xact = i; pm[i] = m;
			DRAW_TOKEN
		:: else -> goto failed
		fi
	fi
}
proctype runner(byte i; byte role) {
	byte m, k, v, p, agreed, z, state, then, outcome;
	bit first, agreed_half, second, ours, created;

start:	created = !file;	/* path_check() */
	file = 1;		/* sqlite_open_file() */
	if	/* run_execute(), run_amend() */
	:: atomic { READABLE -> load(); changed[i] = 0; first = 1; decide();
		if
		:: p == REFUSE -> goto failed
		:: p == 0 -> goto success
		:: else -> before[i] = seen[i]
		fi }
	fi;
again:	/* lock_take(): without such a migration it only looks */
	atomic {
		if :: AMENDS -> goto amend :: else fi;
		if
		:: HAS_FILE && HAS_OUTSIDE -> lockfile = i
		:: LOCK_FREE && !HAS_OUTSIDE
		fi }
	if	/* run_locked() */
	KILLED
	:: atomic { READABLE -> load(); changed[i] = 0; decide();
		if
		:: p == REFUSE -> goto failed
		:: (v & UNMADE) && !BACKWARD && KIND0 != T -> goto prepare
		:: else
		fi }
	fi;
next:	atomic {	/* run_steps() */
		ours = 0; second = 0; before[i] = 0; k = 0; state = 0;
		if
		:: p == 0 -> goto success
		:: else -> m = (p == 2 || (p == 3 && BACKWARD) -> 1 : 0)
		fi;
		assert(agreed & BIT(m));	/* P9 */
		if :: IN_TRANSACTION -> goto t_begin :: else -> goto n_begin fi
	}

t_begin:
	/* sqlite_begin(), attempt_raced(), transaction_claim_entry() */
	if
	KILLED
	:: atomic { HAS_WRITE && !MAY_BEGIN && IS_DONE -> goto again }
	:: atomic { HAS_WRITE && !MAY_BEGIN && !IS_DONE && !second ->
		second = 1; goto t_begin }
	:: atomic { HAS_WRITE && MAY_BEGIN -> xact = i; pm[i] = m;
		if	/* tx_keep() */
		:: created && lockfile != i -> kept[i] = 1
		:: else
		fi;
		if
#ifndef W_NOLOOK
		:: ROW_MOVED && IS_DONE -> end_transaction(i); goto again
		:: ROW_MOVED && !IS_DONE -> goto failed
#endif
		/* run_is_shared(), run_check_unmoved() */
		:: !ROW_MOVED && ((MOVED && (OTHERS_WROTE || MOVED_SECOND ||
		    (v & UNMADE))) || (seen[i] != 0 && !CAS(seen[i]))) ->
			end_transaction(i); goto again
		:: else -> changed[i] = 0; pclear[i] = seen[i] != 0
		fi }
	fi;
	if	/* body_run(), writes_apply(), writes_rollback() */
	KILLED
	:: atomic { enter_body(i); pbody[i] = (BACKWARD -> 2 : 1);
		if
#ifndef W_UPSERT
		:: !BACKWARD && ROW -> end_transaction(i); goto again
#endif
		:: BACKWARD && (v & BIT(m)) && !ROW -> goto failed
		:: else -> prow[i] = (!BACKWARD -> 1 : (ROW -> 2 : 0))
		fi }
#if FAILS
	:: atomic { CAN(fails) -> USE(fails); end_transaction(i); second = 1;
		goto t_begin }
#endif
	fi;
	if	/* transaction_commit() */
	KILLED
	:: atomic { then = TRANSACTION; goto committing }
	fi;

committing:
	atomic {
		if
		:: true -> outcome = OK
		:: CAN(doubts) -> USE(doubts); outcome = OK_UNKNOWN
		:: CAN(doubts) -> USE(doubts); outcome = NOT_UNKNOWN
		fi;
		if
		:: outcome == NOT_UNKNOWN -> end_transaction(i)
		:: else -> publish()
		fi;
		if
		:: outcome != OK -> end_process(); outcome = 0; DROP_TOKEN;
			if
			:: then == REPEATED -> then = 0; goto again
			:: then == AMENDED -> goto failed
			:: else -> then = 0; goto doubt
			fi
		:: else -> outcome = 0
		fi;
		if
		:: then == TRANSACTION -> then = 0; remember(); goto next
		:: then == REPEATED -> then = 0; goto again
		:: then == AMENDED -> goto success
		:: then == ENTERED -> then = 0; ours = 1;
			seen[i] = ENTRY(m, BACKWARD, k, state, token[i]);
			DROP_TOKEN;
			if
			:: state == DONE -> k++; state = 0; goto n_next
			:: else -> goto n_entered
			fi
		fi
	}

doubt:	/* attempt_lost(), outside_find_out(), attempt_look() */
	atomic {
		if
		:: HAS_FILE && HAS_OUTSIDE -> lockfile = i
		:: LOCK_FREE && !HAS_OUTSIDE
		fi }
	if
	KILLED
	:: atomic { READABLE ->
		if
		:: IS_DONE -> remember()
		:: else -> goto failed
		fi;
#ifdef W_NOF1
		goto next;
#endif
		if :: p == 0 -> goto success :: else -> goto again fi }
	fi;

	/* outside_init(), resume_take() */
n_begin:
	atomic {
		if
		:: seen[i] == 0 -> k = 1
		:: seen[i] != 0 && J_BACK(seen[i]) != BACKWARD -> k = 1;
			before[i] = seen[i]
		:: else -> if
			:: J_STATE(seen[i]) == DONE -> k = J_K(seen[i]) + 1
			:: J_STATE(seen[i]) == UNDONE -> k = J_K(seen[i])
			:: J_STATE(seen[i]) == STARTED -> goto ask
			fi
		fi }
n_next:	if :: k > STATEMENTS -> goto n_finish :: else fi;
	state = STARTED;
#ifdef W_NOSTARTED
	goto n_entered;
#endif
n_enter:
	if	/* outside_enter(), outside_close() */
	KILLED
	:: atomic { HAS_WRITE -> n_check();
		pjournal[i] = ENTRY(m, BACKWARD, k, state, token[i]);
		then = ENTERED; goto committing }
	fi;
n_entered:
	if	/* outside_alone(), outside_again() */
	KILLED
	:: atomic { HAS_WRITE -> pm[i] = m; pk[i] = k; pback[i] = BACKWARD;
		enter_body(i); run_statement(i); end_transaction(i) }
#if FAILS
	:: atomic { CAN(fails) -> USE(fails);
		if :: goto n_next :: goto n_back fi }
#endif
	fi;
	atomic { state = DONE; goto n_enter }
n_finish:
	if	/* outside_finish() */
	KILLED
	:: atomic { HAS_WRITE -> n_check(); pclear[i] = 1;
		prow[i] = (!BACKWARD -> 1 : (ROW -> 2 : 0));
		then = TRANSACTION; goto committing }
	fi;
n_guard:
	atomic {	/* outside_raced() */
		if :: !ours && IS_DONE -> goto again :: else -> goto failed fi
	}
n_back:	if	/* outside_take_back() */
	KILLED
	:: atomic { HAS_WRITE -> DRAW_TOKEN;
		if
		:: !CAS(seen[i])
		:: CAS(seen[i]) && k == 1 -> journal = NONE_DONE
		:: CAS(seen[i]) && k > 1 -> journal =
			    ENTRY(m, BACKWARD, k - 1, DONE, token[i])
		fi;
		goto failed }
	fi;

ask:	/* the operator looks; repair --statement K=done|undone */
	atomic { end_process(); k = 0 }
	atomic { READABLE && lockfile == NONE ->
		k = (((BACKWARD -> und : eff) &
		    STATEMENT(J_M(seen[i]), J_K(seen[i]))) -> DONE : UNDONE) }
	atomic { HAS_WRITE && MAY_BEGIN ->
		if
		:: CAS(seen[i]) -> journal = (seen[i] & ~(3 << 5)) | (k << 5)
		:: else
		fi;
		goto failed }

prepare:
	if	/* run_prepare_tables(), adopt_rows(), own_look() */
	KILLED
	:: atomic { HAS_WRITE && MAY_BEGIN ->
		if :: MOVED -> goto again :: else -> xact = i fi;
		pbody[i] = 4; then = REPEATED; goto committing }
	fi;

amend:	if	/* amend_write_all() */
	KILLED
	:: atomic { HAS_WRITE && MAY_BEGIN -> load(); decide();
		if
		:: p == REFUSE || (role == CLEAR && !CAS_CLEAR) -> goto failed
		:: p == 0 -> goto success
		:: else -> xact = i; pm[i] = (p & 1 -> 0 : 1);
			if
			:: role == STAMP -> pbody[i] = 1; prow[i] = 1
			:: else -> pbody[i] = 3; pclear[i] = 1;
				pseen[i] = before[i]
			fi
		fi;
		then = AMENDED; goto committing }
	fi;

failed:	atomic {
		end_process();
		v = 0; p = 0; m = 0; k = 0; agreed = 0; second = 0;
		state = 0; then = 0; ours = 0; agreed_half = 0; DROP_TOKEN;
		seen[i] = 0; before[i] = 0;
		goto start }
success:
	/* P2 */
	atomic { assert(role != APPLY || BACKWARD_TOO || (rows == 3 &&
		    eff == (EFFECTS(0) | EFFECTS(1))));
		end_process() }
}

init {
	atomic {
		eff = ((ROWS & 1) -> EFFECTS(0) : 0) |
		    ((ROWS & 2) -> EFFECTS(1) : 0);
		run runner(0, ROLE0); run runner(1, ROLE1);
#if NR > 2
		run runner(2, ROLE2)
#endif
	}
}
