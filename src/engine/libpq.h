/*
 * libpq, loaded when a PostgreSQL database is meant: it comes with some twenty
 * further libraries (Kerberos, LDAP), which take longer to load than all that
 * the program does for SQLite, and --help needs none of them.
 */
#ifndef ENGINE_LIBPQ_H
#define ENGINE_LIBPQ_H

#include <libpq-fe.h>

#include "base/err.h"

/* Every function of libpq that is used. */
#define LIBPQ_FUNCTIONS(F)           \
	F(PQbackendPID)              \
	F(PQcancel)                  \
	F(PQclear)                   \
	F(PQcmdStatus)               \
	F(PQcmdTuples)               \
	F(PQconndefaults)            \
	F(PQconnectPoll)             \
	F(PQconnectStartParams)      \
	F(PQconnectdbParams)         \
	F(PQconnectionNeedsPassword) \
	F(PQconnectionUsedPassword)  \
	F(PQconninfo)                \
	F(PQconninfoFree)            \
	F(PQconninfoParse)           \
	F(PQconsumeInput)            \
	F(PQdb)                      \
	F(PQenterPipelineMode)       \
	F(PQerrorMessage)            \
	F(PQescapeIdentifier)        \
	F(PQescapeLiteral)           \
	F(PQexec)                    \
	F(PQexitPipelineMode)        \
	F(PQfinish)                  \
	F(PQfname)                   \
	F(PQfreeCancel)              \
	F(PQfreemem)                 \
	F(PQgetCancel)               \
	F(PQgetResult)               \
	F(PQgetisnull)               \
	F(PQgetvalue)                \
	F(PQhost)                    \
	F(PQisBusy)                  \
	F(PQnfields)                 \
	F(PQntuples)                 \
	F(PQparameterStatus)         \
	F(PQpass)                    \
	F(PQpipelineStatus)          \
	F(PQpipelineSync)            \
	F(PQputCopyData)             \
	F(PQputCopyEnd)              \
	F(PQport)                    \
	F(PQresultErrorField)        \
	F(PQresultStatus)            \
	F(PQsendFlushRequest)        \
	F(PQsendPrepare)             \
	F(PQsendQueryParams)         \
	F(PQsendQueryPrepared)       \
	F(PQserverVersion)           \
	F(PQsetErrorVerbosity)       \
	F(PQsetNoticeReceiver)       \
	F(PQsocket)                  \
	F(PQstatus)                  \
	F(PQtransactionStatus)       \
	F(PQuser)

#define LIBPQ_MEMBER(name) __typeof__(&(name)) name;
struct libpq {
	LIBPQ_FUNCTIONS(LIBPQ_MEMBER)
};

/* Valid after libpq_load(). */
extern struct libpq libpq;

/*
 * Load libpq by its shared object's name, as the program's own start would
 * (ld.so(8) has where it is looked for); again does nothing.  Errors:
 * ERR_CONNECTION where it is not there, or is older than 14.
 */
int libpq_load(struct err *) ERR_CHECKED;

#endif
