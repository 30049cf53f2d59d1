/*
 * The server's side of history.pml: what is durable, the locks, and backends.
 *
 * A backend is the server process of a connection.  It outlives its client:
 * what was sent may still happen, and its locks go when it ends.
 */
#define NB (2 * NR)	/* one backend at work, one that is lost */
#ifndef NR
#define NR 2		/* runs, amendments included */
#endif
#ifndef CRASHES
#define CRASHES 0	/* crashes of the server */
#endif
#ifndef CUTS
#define CUTS 0		/* connections that are cut */
#endif
#define RELEASE(q) if :: xact == q -> xact = NONE :: else fi
#include "world.pml"

#ifdef UNLOCK_T	/* a body that calls pg_advisory_unlock_all() */
#define UNLOCK_BODY if :: sess == b -> sess = NONE :: else fi
#else
#define UNLOCK_BODY skip
#endif

/* The locks, by backend: of the session, and of a transaction. */
byte sess = NONE, xact = NONE;

#define COMMIT 1
#define RUN 2
#define BACK 3
#define EVERYTHING 4	/* W_ONEMSG */
#define OK 1
#define REFUSED 2
bit alive[NB], client[NB], going[NB];
byte op[NB], answer[NB], cuts = CUTS;

#ifdef LOCK_TABLE	/* --lock=table: a row, in each transaction */
#define POOLED		/* a transaction pooler, else */
#endif
#ifdef POOLED
#define SHARED 1
#define SESSION_FREE true
#define TAKE_SESSION skip
#define OUTLASTED XACT_FREE
#else
#define SHARED 0
#define SESSION_FREE \
	((sess == NONE || sess == b) && (xact == NONE || xact == b))
#define TAKE_SESSION if :: SESSION_FREE -> sess = b :: else fi
#define OUTLASTED SESSION_FREE
#endif
#ifdef W_NOXLOCK
#define XACT_FREE true
#define TAKE_XACT skip
#else
#ifdef POOLED
#define XACT_FREE (xact == NONE || xact == b)
#else
#define XACT_FREE SESSION_FREE
#endif
#define TAKE_XACT xact = b
#endif

/* Another's write that is not committed yet is waited for. */
#define NO_ROW(q) (q == b || prow[q] == 0)
#define NO_ENTRY(q) (q == b || op[q] == BACK || \
	(pjournal[q] == 0 && !pclear[q]))
#define NO_MAKER(q) (q == b || pbody[q] != 4)
#define IDLE(q) (!body[q])

inline end_backend(q) {
	end_transaction(q);
	if :: sess == q -> sess = NONE :: else fi;
	alive[q] = 0; op[q] = 0; going[q] = 0; answer[q] = 0; pm[q] = 0;
	pk[q] = 0; pback[q] = 0; pseen[q] = 0
}

proctype backend(byte b) {
	byte z;
end:	do
	:: atomic { op[b] == COMMIT -> commit(b); op[b] = 0; answer[b] = OK }
#ifdef W_ONEMSG
	:: atomic { op[b] == EVERYTHING -> op[b] = 0;
		if
		:: rows & BIT(pm[b]) -> end_transaction(b); answer[b] = REFUSED
		:: else -> pbody[b] = 1; prow[b] = 1; commit(b); answer[b] = OK
		fi }
#endif
	:: atomic { op[b] == RUN && !going[b] -> enter_body(b); going[b] = 1;
#ifdef UNLOCK_S1_EARLY
		if :: pk[b] == 1 && sess == b -> sess = NONE :: else fi
#endif
		}
	:: atomic { going[b] -> run_statement(b); going[b] = 0; op[b] = 0;
		answer[b] = OK; body[b] = 0;
#ifdef UNLOCK_S1
		if :: pk[b] == 1 && sess == b -> sess = NONE :: else fi;
#endif
		pm[b] = 0; pk[b] = 0; pback[b] = 0 }
#if FAILS
	:: atomic { going[b] && CAN(fails) -> USE(fails);
		going[b] = 0; op[b] = 0; answer[b] = REFUSED; body[b] = 0;
#ifdef UNLOCK_S1
		if :: pk[b] == 1 && sess == b -> sess = NONE :: else fi;
#endif
		pm[b] = 0; pk[b] = 0; pback[b] = 0 }
#endif
	/* outside_take_back() */
	:: atomic { op[b] == BACK && ALL(NO_ENTRY) ->
		if :: CAS(pseen[b]) -> journal = pjournal[b] :: else fi;
		pjournal[b] = 0; pseen[b] = 0; op[b] = 0; answer[b] = OK }
#ifdef W_SECOND
	:: atomic { sess == b && !client[b] -> sess = NONE }
#endif
	/* Noticed at once, or when the work is done. */
	:: atomic { alive[b] && !client[b] -> end_backend(b) }
	od
}

#if CRASHES
proctype crash() {
	byte q, n = CRASHES;
end:	do
	:: atomic { CAN(n) -> USE(n); q = 0;
		do
		:: q < NB -> if :: alive[q] -> end_backend(q) :: else fi;
			client[q] = 0; q++
		:: else -> break
		od; q = 0 }
	od
}
#define CRASHED(label) :: atomic { !client[b] -> goto label }
#else
#define CRASHED(label)
#endif
#ifdef ONE_SIDE	/* of runs that are alike, the first loses it first */
#define MAY_CUT (i == 0 || cuts < CUTS)
#else
#define MAY_CUT true
#endif
#if CUTS
#define CUT(label) \
	:: atomic { client[b] && CAN(cuts) && MAY_CUT -> USE(cuts); \
		client[b] = 0; goto label }
#else
#define CUT(label)
#endif
#if KILLS
#define KILLED \
	:: atomic { client[b] && CAN(kills) -> USE(kills); goto failed }
#else
#define KILLED
#endif
/* At each step of a client, its connection or itself may end instead. */
#define LOST(label) CRASHED(label) CUT(label) KILLED

/* run_prepare_tables() */
#ifdef LOCK_TABLE
#define PREPARES (v & (UNMADE | BY_HAND))
#define ROWLESS (v & UNMADE)
#else
#define PREPARES ((v & BY_HAND) || ((v & UNMADE) && !BACKWARD && KIND0 != T))
#define ROWLESS false
#endif
#ifdef AHEAD	/* transaction_goes_ahead() */
#define GOES_AHEAD (KIND0 == T && KIND1 == T && p == 3 && seen[i] == 0)
#else
#define GOES_AHEAD 0
#endif
#define ON_ITS_WAY(q) (op[q] == COMMIT && pm[q] == m && prow[q] != 0)
