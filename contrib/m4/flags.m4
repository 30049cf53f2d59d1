# SQLMIGRATE_FLAG_C(VARIABLE, FLAG)
# Append the flag to the variable where the compiler takes it.  Clang only
# warns about a flag that it does not know, hence -Werror in the probe.
AC_DEFUN([SQLMIGRATE_FLAG_C], [
AS_VAR_PUSHDEF([cache], [sqlmigrate_cv_cflag_$2])
AC_CACHE_CHECK([whether $CC takes $2], [cache],
  [sqlmigrate_save=$CFLAGS
   CFLAGS="$CFLAGS -Werror $2"
   AC_COMPILE_IFELSE([AC_LANG_PROGRAM([], [])],
     [AS_VAR_SET([cache], [yes])], [AS_VAR_SET([cache], [no])])
   CFLAGS=$sqlmigrate_save])
AS_VAR_IF([cache], [yes], [$1="$$1 $2"])
AS_VAR_POPDEF([cache])
])

# SQLMIGRATE_FLAG_LD(VARIABLE, FLAG, [REQUIRED])
# The same for the linker; a third argument makes its absence an error.
AC_DEFUN([SQLMIGRATE_FLAG_LD], [
AS_VAR_PUSHDEF([cache], [sqlmigrate_cv_ldflag_$2])
AC_CACHE_CHECK([whether the linker takes $2], [cache],
  [sqlmigrate_save=$CFLAGS
   sqlmigrate_save_ld=$LDFLAGS
   CFLAGS="$CFLAGS -Werror"
   LDFLAGS="$LDFLAGS $2"
   AC_LINK_IFELSE([AC_LANG_PROGRAM([], [])],
     [AS_VAR_SET([cache], [yes])], [AS_VAR_SET([cache], [no])])
   CFLAGS=$sqlmigrate_save
   LDFLAGS=$sqlmigrate_save_ld])
AS_VAR_IF([cache], [yes], [$1="$$1 $2"],
  [m4_ifval([$3], [AC_MSG_ERROR([$CC cannot link with $2])], [:])])
AS_VAR_POPDEF([cache])
])

# SQLMIGRATE_LIBRARY(PREFIX, MODULE, DEBIAN-PACKAGE)
AC_DEFUN([SQLMIGRATE_LIBRARY], [
PKG_CHECK_MODULES([$1], [$2], [],
  [AC_MSG_ERROR([the library $2 was not found.
On Debian: apt-get install $3])])
])

# SQLMIGRATE_SYSTEM(FUNCTION, LIBRARY)
# Append to SYSTEM_LIBS what the function needs, where libc has it not.
AC_DEFUN([SQLMIGRATE_SYSTEM], [
sqlmigrate_save=$LIBS
AC_SEARCH_LIBS([$1], [$2], [], [AC_MSG_ERROR([$1 was not found])])
LIBS=$sqlmigrate_save
AS_CASE([$ac_cv_search_$1], [-l*],
  [SYSTEM_LIBS="$SYSTEM_LIBS $ac_cv_search_$1"])
AC_SUBST([SYSTEM_LIBS])
])

# SQLMIGRATE_ENABLE(NAME, HELP): enable_NAME is yes or no, no by default.
AC_DEFUN([SQLMIGRATE_ENABLE], [
AC_ARG_ENABLE([$1], [AS_HELP_STRING([--enable-$1], [$2])], [],
  [enable_$1=no])
])
