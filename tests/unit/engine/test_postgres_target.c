/*
 * Addresses of PostgreSQL: which forms are taken, what is shown of them, what
 * the environment tells; and that no password is ever repeated.
 */
#include "engine/postgres_target.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/mem.h"
#include "engine/postgres_address.h"
#include "engine/postgres_int.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const char *const variables[] = {"PGDATABASE", "PGSERVICE", "PGHOST",
    "PGHOSTADDR", "PGPORT", "PGUSER", "PGPASSWORD", "POSTGRES_USER",
    "POSTGRES_USER_FILE", "POSTGRES_DB", "POSTGRES_DB_FILE",
    "POSTGRES_PASSWORD", "POSTGRES_PASSWORD_FILE", "PGDATA", "PG_VERSION"};

static int
clean(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(variables); i++)
		unsetenv(variables[i]);
	return 0;
}

static void
test_shown(void **state)
{
	static const struct {
		const char *text, *shown;
	} cases[] = {
	    {"postgresql://h/db", "postgresql://h/db"},
	    {"postgres://u@h/db", "postgresql://u@h/db"},
	    {"postgresql://u:pw@h:5433/db", "postgresql://u@h:5433/db"},
	    {"postgresql+asyncpg://u:pw@h/db", "postgresql://u@h/db"},
	    {"postgres+psycopg2://u:pw@h/db", "postgresql://u@h/db"},
	    {"POSTGRESQL://h/db", "postgresql://h/db"},
	    {"postgresql:///db", "postgresql:///db"},
	    {"postgresql://u@/db?host=/run/x",
		"postgresql://u@/db?host=/run/x"},
	    {"postgresql://%2Frun%2Fx/db", "postgresql:///db?host=/run/x"},
	    {"postgresql://a:1,b:2/db", "postgresql://a:1,b:2/db"},
	    {"postgresql://[::1]:5432/db", "postgresql://[::1]:5432/db"},
	    {"postgresql://u:p%40w%2F%23%25@h/db", "postgresql://u@h/db"},
	    {"postgresql://a%0Ab@h/d%1B", "postgresql://a%0Ab@h/d%1B"},
	    {"postgresql://h/db?sslmode=require&sslpassword=pw",
		"postgresql://h/db?sslmode=require"},
	    {"postgresql://h/db?sslrootcert=/etc/ca.pem&sslmode=verify-full",
		"postgresql://h/db?sslmode=verify-full"
		"&sslrootcert=/etc/ca.pem"},
	    {"postgresql://u@/db?host=/run/x&connect_timeout=3&options=-ca%3Db",
		"postgresql://u@/db?host=/run/x&connect_timeout=3"
		"&options=-ca%3Db"},
	    {"postgresql://h/db?ssl=true", "postgresql://h/db?sslmode=require"},
	    {"postgresql://h/db?application_name=a%20b",
		"postgresql://h/db?application_name=a%20b"},
	    {"postgresql://h/db?client_encoding=LATIN1", "postgresql://h/db"},
	    {"host=h hostaddr=::1 dbname=db",
		"postgresql://h/db?hostaddr=%3A%3A1"},
	    {"postgresql://?service=prod", "postgresql:///?service=prod"},
	    {"host=h dbname=db", "postgresql://h/db"},
	    {" user = u password = 'p w' dbname = db", "postgresql://u@/db"},
	    {"service=prod", "postgresql:///?service=prod"},
	    {"hostaddr=::1 dbname=db", "postgresql://[::1]/db"},
	    {"host=a,b port=,65535 dbname=db", "postgresql://a,b:65535/db"},
	    {"host=/run/x dbname=db", "postgresql:///db?host=/run/x"},
	    {"host=/run/x port=6432 dbname=db",
		"postgresql:///db?host=/run/x&port=6432"},
	};
	struct err err = ERR_INIT;
	struct target t;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		memset(&t, 0, sizeof(t));
		if (postgres_claim(&t, cases[i].text, &err) != 1)
			fail_msg("%s: %s", cases[i].text, err.message);
		assert_string_equal(t.shown, cases[i].shown);
		target_clear(&t);
	}
}

/* The address is what libpq gets: the driver is gone, the rest is there. */
static void
test_address(void **state)
{
	struct err err = ERR_INIT;
	struct target t = {0};

	(void)state;
	assert_int_equal(
	    postgres_claim(&t, "postgres+psycopg://u:p%40@h/d?a=b", &err),
	    ERR_USAGE);
	err_clear(&err);
	assert_int_equal(
	    postgres_claim(&t, "postgres+psycopg://u:p%40@h/d", &err), 1);
	assert_string_equal(t.address, "postgresql://u:p%40@h/d");
	target_clear(&t);
	assert_int_equal(postgres_claim(&t, "dbname=x host=y", &err), 1);
	assert_string_equal(t.address, "dbname=x host=y");
	target_clear(&t);
}

static void
test_not_ours(void **state)
{
	static const char *const cases[] = {"", "sqlite:x.db", "sqlite:///x",
	    "mysql://h/db", "postgrey://x", "app.db", "./a=b", "/x", "=",
	    "postgres", "postgresql", "jdbc:postgresql://h/db"};
	struct err err = ERR_INIT;
	struct target t = {0};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		assert_int_equal(postgres_claim(&t, cases[i], &err), 0);
		assert_null(t.address);
		assert_null(err.message);
	}
}

/* What the message must say, after "bad database address: ". */
static void
test_said(void **state)
{
	static const struct {
		const char *text, *said;
	} cases[] = {
	    {"postgresql://u:a@b@h/db", "an unescaped \"@\""},
	    {"postgresql://u:a/b@h/db", "an unescaped \"/\""},
	    {"postgresql://u:a#b@h/db", "an unescaped \"#\""},
	    {"postgresql://u:a?b@h/db", "an unescaped \"?\""},
	    {"postgresql://h:1/db?a=b@c", "an unescaped \"?\" or \"@\""},
	    {"postgresql://h/db#x", "an unescaped \"#\""},
	    {"postgresql://u:a%b@h/db", "a \"%\" that begins no escape"},
	    {"postgresql://u:100%@h/db", "a \"%\" that begins no escape"},
	    {"postgresql://u:a%00b@h/db", "%00"},
	    {"postgresql://u:secret/db", "the port is not a number"},
	    {"postgresql://[::1/db", "a \"[\""},
	    {"postgresql://h/db?schema=x", "no parameter \"schema\""},
	    {"postgresql://h/db?pool_size=3", "no parameter \"pool_size\""},
	    {"postgresql://h/db?x", "cannot take it apart"},
	    {"postgresql:/h/db", "no \"//\""},
	    {"postgresql:h", "no \"//\""},
	    {"postgresql://h/d\nb", "a control character"},
	    {"postgresql://h/db ", "a blank at its end"},
	    {"postgresql://u@h", "names no database"},
	    {"postgresql://u@h/", "names no database"},
	    {"host=h", "names no database"},
	    {"hots=h dbname=d", "no parameter \"hots\""},
	    {"host=h password=a b dbname=d", "cannot take it apart"},
	    {"dbname='h", "cannot take it apart"},
	    {"host=h dbname=postgresql://u:x@h/d", "an address itself"},
	    {"host=h dbname=d port=secret", "the port is not a number"},
	    {"postgresql://h:0/d", "the port is not a number"},
	    {"postgresql://h:65536/d", "the port is not a number"},
	    {"host=a,b dbname=d port=1,-2", "the port is not a number"},
	    {"host=h;password=x dbname=d", "the host is an address itself"},
	    {"user=u:x@h dbname=d", "the user is an address itself"},
	    {"service=u:x@h", "the service is an address itself"},
	};
	struct err err = ERR_INIT;
	struct target t = {0};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		assert_int_equal(
		    postgres_claim(&t, cases[i].text, &err), ERR_USAGE);
		if (strstr(err.message, cases[i].said) == NULL)
			fail_msg("%s: %s", cases[i].text, err.message);
		assert_null(t.address);
		err_clear(&err);
	}
}

/* What other programs call a parameter is answered with libpq's name. */
static void
test_suggested(void **state)
{
	static const struct {
		const char *query, *hint;
	} cases[] = {
	    {"schema=x", "?options=-csearch_path%3DSCHEMA"},
	    {"currentSchema=x", "?options=-csearch_path%3DSCHEMA"},
	    {"ssl=require", "write sslmode=require."},
	    {"ssl=verify-full", "write sslmode=verify-full."},
	    {"ssl=0", "write sslmode=disable."},
	    {"ssl=what", "sslmode=verify-full or another"},
	    {"ssl-mode=verify_ca", "write sslmode=verify-ca."},
	    {"sslaccept=strict", "write sslmode=verify-full."},
	    {"ssl-root-cert=x", "sslrootcert."},
	    {"sslca=x", "sslrootcert."},
	    {"ApplicationName=x", "application_name."},
	    {"connect-timeout=3", "connect_timeout."},
	    {"timeout=3", "connect_timeout."},
	    {"x-migrations-table=t", "--table"},
	    {"x-multi-statement=true", "one statement at a time"},
	    {"x-statement-timeout=3", "--statement-timeout"},
	    {"pgbouncer=true", "pooler"},
	    {"connection_limit=1", "Remove it."},
	};
	struct err err = ERR_INIT;
	struct target t = {0};
	char text[128], named[64];
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		snprintf(text, sizeof(text), "postgresql://u:pw@h/db?%s",
		    cases[i].query);
		snprintf(named, sizeof(named), "no parameter \"%.*s\"",
		    (int)strcspn(cases[i].query, "="), cases[i].query);
		assert_int_equal(postgres_claim(&t, text, &err), ERR_USAGE);
		if (strstr(err.message, named) == NULL ||
		    strstr(err.hint, cases[i].hint) == NULL)
			fail_msg("%s: %s: %s", text, err.message, err.hint);
		err_clear(&err);
	}
}

static void
test_password_source(void **state)
{
	static const struct {
		const char *text, *from; /* FILE: the password file */
	} cases[] = {
	    {"postgresql://u:pw@h/db", "DATABASE_URL"},
	    {"host=h user=u dbname=db password=pw", "DATABASE_URL"},
	    {"postgresql://u@h/db", NULL},
	    {"postgresql://u@a/b:c", "FILE"},
	    {"postgresql://u@a:5433/b:c", NULL},
	    {"postgresql://v@a/b:c", NULL},
	    {"postgresql://u@a/b", NULL},
	    {"postgresql://w@z:1/any", "FILE"},
	    {"service=prod", "the service file, or as without it"},
	};
	char path[] = "/tmp/sqlmigrate-passfile-XXXXXX";
	struct err err = ERR_INIT;
	struct target t;
	int fd = mkstemp(path);
	char *from;
	size_t i;

	(void)state;
	assert_true(fd >= 0);
	dprintf(fd, "#h:5432:db:u:x\na:5432:b\\:c:u:x\n*:1:*:w:x\n");
	close(fd);
	setenv("PGPASSFILE", path, 1);
	for (i = 0; i < COUNT(cases); i++) {
		memset(&t, 0, sizeof(t));
		assert_int_equal(postgres_claim(&t, cases[i].text, &err), 1);
		t.source = mem_strdup("DATABASE_URL");
		from = postgres_password(&t);
		assert_int_equal(from == NULL, cases[i].from == NULL);
		if (from != NULL)
			assert_string_equal(from,
			    strcmp(cases[i].from, "FILE") == 0 ? path
							       : cases[i].from);
		free(from);
		target_clear(&t);
	}
	assert_int_equal(postgres_claim(&t, "postgresql://u@a/b:c", &err), 1);
	assert_int_equal(chmod(path, 0644), 0);
	t.source = mem_strdup("DATABASE_URL");
	assert_null(postgres_password(&t));
	setenv("PGPASSWORD", "pw", 1);
	from = postgres_password(&t);
	assert_string_equal(from, "PGPASSWORD");
	free(from);
	target_clear(&t);
	unsetenv("PGPASSFILE");
	unlink(path);
}

/* Every address here has the password in two pieces, "Zq7" and "Xw9". */
static const char *const leaks[] = {
    "postgresql://u:Zq7Xw9@h/db",
    "postgresql://u:Zq7@Xw9@h/db",
    "postgresql://u:Zq7/Xw9@h/db",
    "postgresql://u:Zq7#Xw9@h/db",
    "postgresql://u:Zq7?Xw9@h/db",
    "postgresql://u:Zq7?Xw9=1@h/db",
    "postgresql://u:Zq7?Xw9=1&Zq7=2@h/db",
    "postgresql://u:Zq7%Xw9@h/db",
    "postgresql://u:Zq7%4@h/db%Xw9",
    "postgresql://u:Zq7%00Xw9@h/db",
    "postgresql://u:Zq7[Xw9@h/db",
    "postgresql://u:Zq7]Xw9@h/db",
    "postgresql://u:[Zq7Xw9]@h/db",
    "postgresql://u:[Zq7/Xw9@h/db",
    "postgresql://u:Zq7 Xw9@h/db",
    "postgresql://u:Zq7\nXw9@h/db",
    "postgresql://u:Zq7\tXw9@h/db",
    "postgresql://u:Zq7\x1bXw9@h/db",
    "postgresql://u:Zq7:Xw9@h/db",
    "postgresql://u:Zq7&Xw9@h/db",
    "postgresql://u:Zq7=Xw9@h/db",
    "postgresql://u:Zq7;Xw9@h/db",
    "postgresql://u:Zq7'Xw9@h/db",
    "postgresql://u:Zq7\\Xw9@h/db",
    "postgresql://u:Zq7,Xw9@h/db",
    "postgresql://u:Zq7\xffXw9@h/db",
    "postgresql://u:Zq7@Xw9/db?sslmode=require@h/db",
    "postgresql://u:12/Zq7?sslmode=Xw9@h/db",
    "postgresql://u:Zq7Xw9/db",
    "postgresql://u:Zq7Xw9",
    "postgresql://u:Zq7Xw9?x",
    "postgresql://:Zq7Xw9@",
    "postgresql://u:Zq7Xw9@",
    "postgresql://u:Zq7Xw9@h",
    "postgresql://u:Zq7Xw9@h/",
    "postgresql://u:Zq7Xw9@h:port/db",
    "postgresql://u:Zq7Xw9@[::1/db",
    "postgresql://u:Zq7Xw9@[::1]x/db",
    "postgresql://u:Zq7Xw9@[]/db",
    "postgresql://u:Zq7Xw9@h/db?schema=public",
    "postgresql://u:Zq7Xw9@h/db?x",
    "postgresql://u:Zq7Xw9@h/db?x=1=2",
    "postgresql://u:Zq7Xw9@h/db?=",
    "postgresql://u:Zq7Xw9@h/db?sslmode",
    "postgresql://u:Zq7Xw9@h/db?a=%zz",
    "postgresql://u@h/db?password=Zq7Xw9&x=1",
    "postgresql://u@h/db?password=Zq7&Xw9=1",
    "postgresql://u@h/db?password=Zq7=Xw9",
    "postgresql://u@h/db?password=Zq7%Xw9",
    "postgresql://u@h/db?sslpassword=Zq7&Xw9=1",
    "postgresql://u@h/db?host=x&password=Zq7#Xw9=1",
    "postgresql://h/postgresql%3A%2F%2Fu%3AZq7Xw9%40h",
    "postgresql:/u:Zq7Xw9@h/db",
    "postgres:u:Zq7Xw9@h/db",
    "postgresql+asyncpg://u:Zq7@Xw9@h/db",
    "postgresql+asyncpg:u:Zq7@Xw9@h/db",
    "password=Zq7Xw9",
    "password=Zq7 Xw9=1 dbname=d",
    "password=Zq7 Xw9",
    "password='Zq7Xw9",
    "password='Zq7\\'Xw9",
    "password = 'Zq7' Xw9 = 1",
    "host=h password=Zq7 Xw9 dbname=d",
    "host=h sslpassword=Zq7 Xw9=1 dbname=d",
    "host=h passwd=Zq7Xw9 dbname=d",
    "dbname=postgresql://u:Zq7Xw9@h/db",
    "dbname='password=Zq7Xw9 host=h'",
    "host='h password=Zq7Xw9 dbname=d",
};

static void
no_piece(const char *text, const char *where)
{
	if (where == NULL)
		return;
	if (strstr(where, "Zq7") != NULL || strstr(where, "Xw9") != NULL)
		fail_msg("%s: %s", text, where);
}

static void
test_no_leak(void **state)
{
	struct err err = ERR_INIT;
	struct target t;
	size_t i;
	int r;

	(void)state;
	assert_true(COUNT(leaks) >= 60);
	for (i = 0; i < COUNT(leaks); i++) {
		memset(&t, 0, sizeof(t));
		r = postgres_claim(&t, leaks[i], &err);
		assert_int_not_equal(r, 0);
		assert_int_equal(r == 1, t.shown != NULL);
		no_piece(leaks[i], t.shown);
		no_piece(leaks[i], err.message);
		no_piece(leaks[i], err.detail);
		no_piece(leaks[i], err.hint);
		target_clear(&t);
		err_clear(&err);
	}
}

/* A database in the environment completes an address that has none. */
static void
test_name_from_environment(void **state)
{
	struct err err = ERR_INIT;
	struct target t = {0};

	(void)state;
	setenv("PGDATABASE", "app", 1);
	assert_int_equal(postgres_claim(&t, "postgresql://h", &err), 1);
	assert_string_equal(t.shown, "postgresql://h/app");
	target_clear(&t);
}

static void
test_ambient_libpq(void **state)
{
	struct err err = ERR_INIT;
	struct target t = {0};

	(void)state;
	setenv("PGDATA", "/var/lib/postgresql/data", 1);
	setenv("PG_VERSION", "15", 1);
	setenv("PGUSER", "someone", 1);
	setenv("PGHOST", "h", 1);
	assert_int_equal(postgres_ambient(&t, &err), 0);
	setenv("PGDATABASE", "app", 1);
	setenv("PGPASSWORD", "Zq7Xw9", 1);
	setenv("POSTGRES_USER", "other", 1);
	assert_int_equal(postgres_ambient(&t, &err), 1);
	assert_string_equal(t.address, "");
	assert_string_equal(t.source, "PGDATABASE");
	assert_string_equal(t.shown, "postgresql://someone@h:5432/app");
	target_clear(&t);
	setenv("PGDATABASE", "postgresql://u:Zq7Xw9@h/d", 1);
	assert_int_equal(postgres_ambient(&t, &err), ERR_USAGE);
	no_piece("PGDATABASE", err.message);
	err_clear(&err);
	setenv("PGDATABASE", "app", 1);
	setenv("PGPORT", "Zq7Xw9", 1);
	assert_int_equal(postgres_ambient(&t, &err), ERR_USAGE);
	assert_string_equal(
	    err.message, "PGPORT is not a number from 1 to 65535");
	err_clear(&err);
	unsetenv("PGPORT");
	setenv("PGHOST", "h;password=Zq7Xw9", 1);
	assert_int_equal(postgres_ambient(&t, &err), ERR_USAGE);
	assert_string_equal(err.message, "PGHOST is an address itself");
	err_clear(&err);
	unsetenv("PGHOST");
	setenv("PGDATABASE", "", 1);
	setenv("PGSERVICE", "prod", 1);
	assert_int_equal(postgres_ambient(&t, &err), 1);
	assert_string_equal(t.source, "PGSERVICE");
	target_clear(&t);
}

/* The pairs that the container's variables make; the socket is left out. */
static void
assert_container(const char *pairs, const char *source)
{
	struct err err = ERR_INIT;
	struct target t = {0};

	if (postgres_ambient(&t, &err) != 1)
		fail_msg("%s: %s", pairs, err.message);
	assert_memory_equal(t.address, pairs, strlen(pairs));
	assert_string_equal(t.source, source);
	no_piece(pairs, t.shown);
	target_clear(&t);
}

static void
test_ambient_container(void **state)
{
	(void)state;
	setenv("POSTGRES_PASSWORD", "Zq7'\\Xw9", 1);
	assert_container("user='postgres' password='Zq7\\'\\\\Xw9' "
			 "dbname='postgres'",
	    "POSTGRES_PASSWORD");
	setenv("POSTGRES_USER", "app", 1);
	assert_container("user='app' password='Zq7\\'\\\\Xw9' dbname='app'",
	    "POSTGRES_USER");
	unsetenv("POSTGRES_PASSWORD");
	setenv("POSTGRES_DB", "my db", 1);
	assert_container("user='app' dbname='my db'", "POSTGRES_USER");
	unsetenv("POSTGRES_USER");
	assert_container("user='postgres' dbname='my db'", "POSTGRES_DB");
	setenv("PGUSER", "ops", 1);
	setenv("POSTGRES_PASSWORD", "Zq7Xw9", 1);
	setenv("PGHOST", "h", 1);
	assert_container("dbname='my db'", "POSTGRES_DB");
}

static void
test_ambient_files(void **state)
{
	char path[] = "/tmp/sqlmigrate-target-XXXXXX";
	struct err err = ERR_INIT;
	struct target t = {0};
	int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(write(fd, "Zq7 Xw9\n\n", 9), 9);
	close(fd);
	setenv("POSTGRES_PASSWORD_FILE", path, 1);
	assert_container("user='postgres' password='Zq7 Xw9' dbname='postgres'",
	    "POSTGRES_PASSWORD_FILE");
	setenv("POSTGRES_PASSWORD", "x", 1);
	assert_int_equal(postgres_ambient(&t, &err), ERR_USAGE);
	assert_string_equal(err.message,
	    "both POSTGRES_PASSWORD and POSTGRES_PASSWORD_FILE are set");
	err_clear(&err);
	unsetenv("POSTGRES_PASSWORD");
	unlink(path);
	assert_int_equal(postgres_ambient(&t, &err), ERR_USAGE);
	assert_string_equal(
	    err.detail, "The file is named by POSTGRES_PASSWORD_FILE.");
	err_clear(&err);
}

static void
test_pair(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, BUF_LINE);
	address_pair(&b, "a", "");
	address_pair(&b, "b", "x y'\\");
	assert_string_equal(buf_str(&b), "a='' b='x y\\'\\\\'");
	buf_clear(&b);
}

static void
test_entry_point(void **state)
{
	(void)state;
	assert_true(postgres_is_entry_point("docker-entrypoi"));
	assert_true(postgres_is_entry_point("bash"));
	assert_false(postgres_is_entry_point("postgres"));
	assert_false(postgres_is_entry_point("systemd"));
	assert_false(postgres_is_entry_point("tini"));
	assert_false(postgres_is_entry_point("sh"));
}

/* Nobody listens in an empty folder: not yet, and with the reason. */
static void
test_ready_nobody(void **state)
{
	char dir[] = "/tmp/sqlmigrate-ready-XXXXXX", text[128];
	struct db_options o = {.connect_timeout_ms = 1000};
	struct err err = ERR_INIT;
	struct target t = {0};

	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(text, sizeof(text), "host=%s dbname=d password=Zq7Xw9", dir);
	assert_int_equal(postgres_claim(&t, text, &err), 1);
	t.source = mem_strdup("--database");
	assert_int_equal(postgres_ready(&t, &o, &err), 0);
	assert_int_equal(err.code, ERR_CONNECTION);
	assert_non_null(strstr(err.message, "No such file or directory"));
	no_piece(text, err.message);
	target_clear(&t);
	err_clear(&err);
	rmdir(dir);
}

#define TEST(f) cmocka_unit_test_setup(f, clean)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_shown),
	    TEST(test_address),
	    TEST(test_not_ours),
	    TEST(test_said),
	    TEST(test_suggested),
	    TEST(test_password_source),
	    TEST(test_no_leak),
	    TEST(test_name_from_environment),
	    TEST(test_ambient_libpq),
	    TEST(test_ambient_container),
	    TEST(test_ambient_files),
	    TEST(test_pair),
	    TEST(test_entry_point),
	    TEST(test_ready_nobody),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
