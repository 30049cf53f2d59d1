/* Files: what may be opened in a folder, and what is refused and how. */
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

/* The tests stand in a fresh directory; the folder is ./in, outside is ./out */
static char top[] = "/tmp/test_file.XXXXXX";
static int folder = -1;
static struct stat st;

static void
put(const char *path, const char *text)
{
	struct err e = ERR_INIT;

	assert_int_equal(file_create(path, text, strlen(text), &e), 0);
}

static void
put_socket(const char *path)
{
	struct sockaddr_un sun = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	snprintf(sun.sun_path, sizeof(sun.sun_path), "%s", path);
	assert_int_equal(bind(fd, (struct sockaddr *)&sun, sizeof(sun)), 0);
	close(fd);
}

static int
setup(void **state)
{
	(void)state;
	assert_non_null(mkdtemp(top));
	assert_int_equal(chdir(top), 0);
	assert_int_equal(mkdir("in", 0755) | mkdir("in/sub", 0755), 0);
	assert_int_equal(mkdir("in/..data", 0755) | mkdir("inner", 0755), 0);
	put("in/plain", "plain\n");
	put("in/empty", "");
	put("in/..data/real", "deep\n");
	put("out", "outside\n");
	put("inner/file", "a folder whose name begins alike\n");
	assert_int_equal(mkfifo("in/fifo", 0644), 0);
	put_socket("in/socket");
	assert_int_equal(symlink("plain", "in/link"), 0);
	assert_int_equal(symlink("..data/real", "in/deep"), 0);
	assert_int_equal(symlink("link", "in/twice"), 0);
	assert_int_equal(symlink("../out", "in/leaves"), 0);
	assert_int_equal(symlink("../inner/file", "in/alike"), 0);
	assert_int_equal(symlink("/dev/null", "in/device"), 0);
	assert_int_equal(symlink("nothing", "in/dangling"), 0);
	assert_int_equal(symlink("loop", "in/loop"), 0);
	assert_int_equal(symlink("fifo", "in/to_fifo"), 0);
	assert_int_equal(symlink("sub", "in/to_dir"), 0);
	assert_int_equal(symlink("in", "mounted"), 0);
	folder = open("in", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return folder < 0 ? -1 : 0;
}

static int
teardown(void **state)
{
	char command[64];

	(void)state;
	close(folder);
	snprintf(command, sizeof(command), "rm -rf %s", top);
	return chdir("/") == 0 && system(command) == 0 ? 0 : -1;
}

static void
assert_content(const char *dir, const char *name, const char *want)
{
	struct err e = ERR_INIT;
	char text[100] = {0};
	int fd = file_open_in(folder, dir, name, &st, &e);

	if (fd < 0)
		fail_msg("%s", e.message);
	assert_int_equal(fcntl(fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
	assert_int_equal(
	    file_read(fd, text, sizeof(text) - 1, name, &e), strlen(want));
	assert_string_equal(text, want);
	close(fd);
}

static void
assert_refused(const char *name, const char *reason)
{
	struct err e = ERR_INIT;
	char want[200];

	snprintf(want, sizeof(want), "in/%s: %s", name, reason);
	assert_int_equal(file_open_in(folder, "in", name, &st, &e), ERR_USAGE);
	assert_int_equal(e.code, ERR_USAGE);
	assert_string_equal(e.message, want);
	err_clear(&e);
}

static void
test_open_good(void **state)
{
	(void)state;
	assert_content("in", "plain", "plain\n");
	assert_content("in", "empty", "");
	assert_content("in", "link", "plain\n");
	assert_content("in", "twice", "plain\n");
	assert_content("in", "deep", "deep\n");
	assert_content("mounted", "link", "plain\n");
	assert_content("in/", "link", "plain\n");
	assert_content("in/../in", "deep", "deep\n");
}

static void
test_open_refused(void **state)
{
	(void)state;
	alarm(10); /* a FIFO must not make anybody wait */
	assert_refused("fifo", "not a regular file");
	assert_refused("to_fifo", "not a regular file");
	alarm(0);
	assert_refused("sub", "not a regular file");
	assert_refused("to_dir", "not a regular file");
	assert_refused("socket", "not a regular file");
	assert_refused("leaves", "a symbolic link that leaves the folder");
	assert_refused("alike", "a symbolic link that leaves the folder");
	assert_refused("device", "a symbolic link that leaves the folder");
	assert_refused("dangling", "a symbolic link to nothing");
	assert_refused("loop", "Too many levels of symbolic links");
	assert_refused("absent", "No such file or directory");
}

static void
test_link_outside_says_where(void **state)
{
	struct err e = ERR_INIT;
	char want[100];

	(void)state;
	snprintf(want, sizeof(want), "It points to %s/out.", top);
	assert_int_equal(
	    file_open_in(folder, "in", "leaves", &st, &e), ERR_USAGE);
	assert_string_equal(e.detail, want);
	assert_non_null(e.hint);
	err_clear(&e);
}

/* The root directory is a folder, too. */
static void
test_folder_root(void **state)
{
	char name[64];
	struct err e = ERR_INIT;
	int root = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC), fd;

	(void)state;
	snprintf(name, sizeof(name), "%s/in/link", top + 1);
	fd = file_open_in(root, "/", name, &st, &e);
	if (fd < 0)
		fail_msg("%s", e.message);
	close(fd);
	close(root);
}

/* Root may read everything: become somebody else for this. */
static void
test_unreadable(void **state)
{
	int status;
	pid_t pid;

	(void)state;
	assert_int_equal(chmod("in/empty", 0), 0);
	assert_int_equal(chmod(".", 0755), 0);
	pid = fork();
	if (pid == 0) {
		struct err e = ERR_INIT;
		int r;

		if (getuid() == 0 && setuid(65534) != 0)
			_exit(2);
		r = file_open_in(folder, "in", "empty", &st, &e);
		r = r == ERR_USAGE &&
		    strcmp(e.message, "in/empty: Permission denied") == 0;
		err_clear(&e);
		_exit(r ? 0 : 1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(chmod("in/empty", 0644), 0);
	assert_int_equal(status, 0);
}

static void
test_read_pieces(void **state)
{
	struct err e = ERR_INIT;
	char text[10] = {0};
	int fd = open("in/plain", O_RDONLY | O_CLOEXEC);

	(void)state;
	assert_int_equal(file_read(fd, text, 4, "p", &e), 4);
	assert_string_equal(text, "plai");
	assert_int_equal(file_read(fd, text, 9, "p", &e), 2);
	assert_int_equal(file_read(fd, text, 9, "p", &e), 0);
	close(fd);
	assert_int_equal(file_read(-1, text, 9, "the/path", &e), ERR_USAGE);
	assert_string_equal(
	    e.message, "the/path: cannot read: Bad file descriptor");
	err_clear(&e);
}

static void
test_read_small(void **state)
{
	struct err e = ERR_INIT;
	struct buf b;

	(void)state;
	buf_init(&b, 6);
	assert_int_equal(file_read_small("in/plain", &b, &e), 0);
	assert_string_equal(buf_str(&b), "plain\n");
	buf_reset(&b);
	assert_int_equal(file_read_small("in/empty", &b, &e), 0);
	assert_string_equal(buf_str(&b), "");
	assert_int_equal(file_read_small("out", &b, &e), ERR_USAGE);
	assert_string_equal(e.message, "out: larger than 6 bytes");
	err_clear(&e);
	buf_reset(&b);
	assert_int_equal(file_read_small("no", &b, &e), ERR_USAGE);
	assert_string_equal(
	    e.message, "no: cannot open: No such file or directory");
	err_clear(&e);
	assert_int_equal(file_read_small("in", &b, &e), ERR_USAGE);
	assert_string_equal(e.message, "in: cannot read: Is a directory");
	err_clear(&e);
	buf_clear(&b);
}

static void
test_read_small_long(void **state)
{
	struct err e = ERR_INIT;
	char text[10001];
	struct buf b;

	(void)state;
	memset(text, 'x', sizeof(text));
	text[10000] = '\0';
	put("long", text);
	buf_init(&b, BUF_LINE);
	buf_adds(&b, "before ");
	assert_int_equal(file_read_small("long", &b, &e), 0);
	assert_int_equal(b.len, 10007);
	assert_string_equal(buf_str(&b) + 7, text);
	buf_clear(&b);
}

static void
test_create(void **state)
{
	struct err e = ERR_INIT;
	struct buf b;

	(void)state;
	buf_init(&b, 100);
	assert_int_equal(file_create("new", "a\0b", 3, &e), 0);
	assert_int_equal(file_read_small("new", &b, &e), 0);
	assert_int_equal(b.len, 3);
	assert_memory_equal(buf_str(&b), "a\0b", 3);
	assert_int_equal(file_create("new", "other", 5, &e), ERR_USAGE);
	assert_string_equal(e.message, "new: cannot create: File exists");
	err_clear(&e);
	buf_reset(&b);
	assert_int_equal(file_read_small("new", &b, &e), 0);
	assert_int_equal(b.len, 3);
	assert_int_equal(file_create("in/dangling", "", 0, &e), ERR_USAGE);
	err_clear(&e);
	assert_int_equal(file_create("no/new", "", 0, &e), ERR_USAGE);
	err_clear(&e);
	buf_clear(&b);
}

/* A disk that fills up in the middle leaves nothing. */
static void
test_create_no_room(void **state)
{
	struct err e = ERR_INIT;
	struct rlimit old, small;
	char text[5000] = {0};
	int r;

	(void)state;
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
	small = old;
	small.rlim_cur = 1000;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	r = file_create("full", text, sizeof(text), &e);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
	assert_int_equal(r, ERR_USAGE);
	assert_string_equal(e.message, "full: cannot write: File too large");
	assert_int_equal(access("full", F_OK), -1);
	err_clear(&e);
}

/* In a process of its own; its status says what went wrong. */
static int
closed_standard(void)
{
	char byte = 0;
	int fd;

	for (fd = 0; fd <= 2; fd++)
		close(fd);
	file_take_standard();
	fd = open("/dev/null", O_RDWR);
	if (fd <= 2)
		return 1;
	if (read(0, &byte, 1) >= 0 || errno != EBADF)
		return 2;
	if (write(1, &byte, 1) >= 0 || errno != EBADF)
		return 3;
	if (write(2, &byte, 1) >= 0 || errno != EBADF)
		return 4;
	return 0;
}

static void
test_take_standard(void **state)
{
	int status = -1;
	pid_t pid;

	(void)state;
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0)
		_exit(closed_standard());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static void
assert_folder(const char *path, const char *want)
{
	char *got = file_folder(path);

	assert_string_equal(got, want);
	free(got);
}

static void
test_folder_of(void **state)
{
	(void)state;
	assert_folder("a", ".");
	assert_folder("a/b", "a");
	assert_folder("a/b/c", "a/b");
	assert_folder("/a", "/");
	assert_folder("../a", "..");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_open_good),
	    cmocka_unit_test(test_open_refused),
	    cmocka_unit_test(test_link_outside_says_where),
	    cmocka_unit_test(test_folder_root),
	    cmocka_unit_test(test_unreadable),
	    cmocka_unit_test(test_read_pieces),
	    cmocka_unit_test(test_read_small),
	    cmocka_unit_test(test_read_small_long),
	    cmocka_unit_test(test_folder_of),
	    cmocka_unit_test(test_create),
	    cmocka_unit_test(test_create_no_room),
	    cmocka_unit_test(test_take_standard),
	};

	return cmocka_run_group_tests_name("file", tests, setup, teardown);
}
