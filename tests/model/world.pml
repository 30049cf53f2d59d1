/*
 * What the models share: the configuration, the history and its journal, what
 * statements did, and what an open transaction would commit.
 *
 * NB, and the arrays, go by connections: server.pml, sqlite.pml.
 */
#ifndef KILLS
#define KILLS 0		/* kill -9 of a client */
#endif
#ifndef FAILS
#define FAILS 0		/* statements that give up on a lock */
#endif
#ifndef FAULTS
#define FAULTS 9	/* all of these together, at most */
#endif
#ifndef STATEMENTS
#define STATEMENTS 2	/* of an N */
#endif
#ifndef KIND0
#define KIND0 T
#endif
#ifndef KIND1
#define KIND1 N
#endif
#ifndef ROLE0
#define ROLE0 APPLY
#endif
#ifndef ROLE1
#define ROLE1 APPLY
#endif
#ifndef ROLE2
#define ROLE2 APPLY
#endif
#ifndef ROWS
#define ROWS 0		/* at the start: applied, a bit each, and: */
#endif
#define UNMADE 4	/* the tables are not made */
#define BY_HAND 8	/* migration 0 has a row that was written by hand */
#define T 0
#define N 1
#define NT 2		/* N, with a rollback that is one transaction */
#define APPLY 0
#define ROLLBACK 1	/* of all, newest first */
#define ROLLBACK_ONE 2	/* of the newest */
#define STAMP 3		/* migration 0 */
#define APPLY_0 5	/* migration 0 alone */
#define CLEAR 4		/* repair: forget what is half applied */

#define BACKWARD_TOO (ROLE0 == ROLLBACK || ROLE0 == ROLLBACK_ONE || \
	ROLE1 == ROLLBACK || ROLE1 == ROLLBACK_ONE || \
	(NR > 2 && (ROLE2 == ROLLBACK || ROLE2 == ROLLBACK_ONE)))
#define NONE 99
#define KIND(m) (m == 0 -> KIND0 : KIND1)
#define BIT(m) (1 << (m))
#define BOTH(m) (3 << (2 * (m)))	/* a migration's bits in eff and und */
#define STATEMENT(m, k) BIT(2 * (m) + (k) - 1)
#define EFFECTS(m) \
	(KIND(m) == T || STATEMENTS == 1 -> BIT(2 * (m)) : BOTH(m))

/* A journal entry; 0 is none. */
#define STARTED 1
#define DONE 2
#define UNDONE 3
#define ENTRY(m, d, k, s, o) \
	(1 + ((m) << 1) + ((d) << 2) + ((k) << 3) + ((s) << 5) + ((o) << 7))
#define J_M(j) (((j) >> 1) & 1)
#define J_BACK(j) (((j) >> 2) & 1)
#define J_K(j) (((j) >> 3) & 3)
#define J_STATE(j) (((j) >> 5) & 3)
#define J_IS(a, b) (((a) & 127) == ((b) & 127))	/* whoever wrote it */
#if defined W_NOCAS
#define CAS(seen) true
#elif defined W_ABA
#define CAS(seen) J_IS(journal, seen)
#else
#define CAS(seen) (journal == (seen))
#endif

#ifdef W_CLEAR
#define CAS_CLEAR true
#else
#define CAS_CLEAR CAS(before[i])
#endif
#ifdef W_NOCAS_FIRST
#define CAS_FIRST !ours
#else
#define CAS_FIRST false
#endif

/* What is durable, and what the statements did (and undid since). */
byte rows = ROWS;
short journal;
byte eff, und;

/* What each run has read or written last, and its token. */
short seen[NR], before[NR];
byte token[NR];

/* Of a connection: its body at work, and what it would commit. */
bit body[NB], pclear[NB], pback[NB];
byte pm[NB], pk[NB], pbody[NB], prow[NB];
short pjournal[NB], pseen[NB];

byte kills = KILLS, fails = FAILS, faults = FAULTS;
#define CAN(what) (what > 0 && faults > 0)
#define USE(what) what--; faults--

/* A random number: any that nobody remembers. */
#define HAS(j) ((j) != 0 && (j) >> 7 == z)
#define FREE_B(q) (!HAS(pjournal[q]) && !HAS(pseen[q]))
#define FREE_R(r) \
	(!HAS(seen[r]) && !HAS(before[r]) && (r == i || token[r] != z))
#if NB == 2
#define ALL(f) (f(0) && f(1))
#elif NB == 3
#define ALL(f) (f(0) && f(1) && f(2))
#elif NB == 4
#define ALL(f) (f(0) && f(1) && f(2) && f(3))
#else
#define ALL(f) (f(0) && f(1) && f(2) && f(3) && f(4) && f(5))
#endif
#if NR == 2
#define FREE (!HAS(journal) && ALL(FREE_B) && FREE_R(0) && FREE_R(1))
#else
#define FREE (!HAS(journal) && ALL(FREE_B) && \
	FREE_R(0) && FREE_R(1) && FREE_R(2))
#endif
inline draw_token() {
	z = 1;
	do :: !FREE -> z++ :: else -> break od;
	token[i] = z; z = 0
}
#ifdef W_ONETOKEN	/* one of each run, not of each entry */
#define DRAW_TOKEN if :: !ours -> draw_token() :: else fi
#define DROP_TOKEN skip
#else
#define DRAW_TOKEN draw_token()
#define DROP_TOKEN token[i] = 0
#endif

inline end_transaction(q) {
	RELEASE(q);
	body[q] = 0; pbody[q] = 0; prow[q] = 0; pjournal[q] = 0; pclear[q] = 0;
	pm[q] = 0; pk[q] = 0; pback[q] = 0
}
inline enter_body(q) {
	z = 0;
	do
	/* P4: two bodies never run at the same time. */
	:: z < NB -> assert(z == q || !body[z]); z++
	:: else -> break
	od;
	z = 0; body[q] = 1
}
inline run_statement(q) {
	if
	/* P3: no statement of N takes effect twice. */
	:: !pback[q] -> assert(!(eff & STATEMENT(pm[q], pk[q])));
		eff = eff | STATEMENT(pm[q], pk[q]); und = und & ~BOTH(pm[q])
	:: else -> assert(!(und & STATEMENT(pm[q], pk[q])));	/* P3 */
		und = und | STATEMENT(pm[q], pk[q]);
		eff = eff & ~STATEMENT(pm[q], pk[q])
	fi
}
inline commit(q) {
	if
	/* P1: a body commits once, and is rolled back once. */
	:: pbody[q] == 1 -> assert(!(eff & BOTH(pm[q])));
		/* P7: nothing is applied next to what is half done. */
		assert(journal == 0);
		eff = eff | EFFECTS(pm[q])
	:: pbody[q] == 2 -> assert(prow[q] == 0 ||
		    (eff & BOTH(pm[q])) == EFFECTS(pm[q]));
		eff = eff & ~BOTH(pm[q])
	/* P8: repair forgets what it has shown; the operator undid that. */
	:: pbody[q] == 3 -> assert(journal == pseen[q]);
		und = und & ~BOTH(pm[q]);
		eff = (rows & BIT(pm[q]) -> eff | EFFECTS(pm[q]) :
		    eff & ~BOTH(pm[q]))
	:: pbody[q] == 4 -> rows = (rows & BY_HAND -> rows | 1 : rows) & 3
	:: else
	fi;
	if
	:: prow[q] == 1 ->
#ifndef W_UPSERT
		assert(!(rows & BIT(pm[q])));
#endif
		rows = (rows | BIT(pm[q])) & ~UNMADE;
		/* P2: what is recorded is in effect, all of it. */
		assert((eff & BOTH(pm[q])) == EFFECTS(pm[q]));
		/* P6: no higher migration is applied without a lower one. */
		assert(rows != 2)
	:: prow[q] == 2 -> rows = rows & ~BIT(pm[q]);
		assert((eff & BOTH(pm[q])) == 0);	/* P2 */
		assert(rows != 2)		/* P6 */
	:: else
	fi;
	if
	/* P7: one migration is half done at a time. */
	:: pjournal[q] != 0 ->
		assert(journal == 0 || J_M(journal) == J_M(pjournal[q]));
		/* An apply that is begun may be rolled back once more. */
		und = (journal == 0 && !J_BACK(pjournal[q]) ->
		    und & ~BOTH(pm[q]) : und);
		journal = pjournal[q]
	:: pclear[q] -> journal = 0
	:: else
	fi;
	end_transaction(q)
}
