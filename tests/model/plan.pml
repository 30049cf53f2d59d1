/*
 * What a run knows and decides: its plan, and what it compares with the
 * history under a lock.
 */
inline load() { v = rows; seen[i] = journal }	/* history_load() */

#define REFUSE 4
#define APPLIED ((v & 3) | ((v & BY_HAND) >> 3))
#define PLANNED(m) (p & BIT(m))

/* run_decide(): the plan p; a later one is kept to what was agreed to. */
inline decide() {
	if
	:: role == APPLY || role == APPLY_0 ->
		p = (APPLIED == 2 -> REFUSE : 3 & ~APPLIED);
		if
		:: seen[i] != 0 && (J_BACK(seen[i]) ||
		    APPLIED + 1 != BIT(J_M(seen[i]))) -> p = REFUSE
		:: else -> p = (role == APPLY_0 -> p & 1 : p)
		fi
	:: role == ROLLBACK || role == ROLLBACK_ONE ->
		p = APPLIED | (seen[i] == 0 -> 0 : BIT(J_M(seen[i])));
		if
		/* agree_rest(), agree_half() */
		:: !first && ((p == 3 && agreed == 1) ||
		    (seen[i] != 0 && !agreed_half) ||
		    (seen[i] == 0 && agreed_half && (p & agreed))) -> p = REFUSE
		:: else -> if
			:: role == ROLLBACK_ONE && p == 3 -> p = 2
			:: else
			fi
		fi
	:: role == STAMP -> p = (seen[i] != 0 -> REFUSE : 1 & ~APPLIED)
	:: role == CLEAR -> p = (seen[i] != 0 -> BIT(J_M(seen[i])) : 0)
	fi;
	if
	:: p == REFUSE
	:: p != REFUSE && first -> agreed = p; agreed_half = seen[i] != 0
	/* agree_rest(): what is pending below would leave a hole. */
	:: p == 3 && !first && agreed == 2 -> p = REFUSE
#ifdef W_NOAGREE
	:: else
#else
	:: else -> p = p & agreed
#endif
	fi;
	if
	:: p != REFUSE && seen[i] != 0 && !PLANNED(J_M(seen[i])) -> p = REFUSE
	:: else
	fi;
	first = 0
}
/* run_check_unmoved() and run_check_journal() */
#define MOVED (rows != v || (journal != 0) != (seen[i] != 0) || \
	(seen[i] != 0 && !J_IS(journal, seen[i])))
#ifdef W_NOF2
#define MOVED_FIRST (seen[i] != 0 && !J_IS(journal, seen[i]))
#define MOVED_PLAN false
#else
#define MOVED_FIRST (!J_IS(journal, seen[i]))
#define MOVED_PLAN MOVED
#endif
#ifdef W_NOSECOND
#define MOVED_SECOND 0
#else
#define MOVED_SECOND second
#endif
/*
 * outside_journal_before(): a refused first statement leaves what was before.
 * A resumed rollback of what is half applied does not know that any more.
 */
#define BEFORE (before[i] == 0 -> 0 : \
	ENTRY(m, 0, J_K(before[i]), J_STATE(before[i]), token[i]))
#if defined W_FORGETS
#define NONE_DONE 0
#elif defined W_FORGETS_RESUMED
#define NONE_DONE BEFORE
#else
#define NONE_DONE (BACKWARD && before[i] == 0 && !(v & BIT(m)) -> \
	ENTRY(m, 1, 1, UNDONE, token[i]) : BEFORE)
#endif
#define BACKWARD (role == ROLLBACK || role == ROLLBACK_ONE)
#define AMENDS (role == STAMP || role == CLEAR)
#define ROW (rows & BIT(m))
#define ROW_MOVED (!ROW != !(v & BIT(m)))
/* attempt_is_done() */
#define IS_DONE (BACKWARD -> !ROW && (journal == 0 || J_M(journal) != m) : ROW)
#define IN_TRANSACTION (KIND(m) == T || (KIND(m) == NT && BACKWARD))

/* writes_remember() */
inline remember() {
	p = p & ~BIT(m); seen[i] = 0;
	v = (BACKWARD -> v & ~BIT(m) : (v | BIT(m)) & ~UNMADE)
}
