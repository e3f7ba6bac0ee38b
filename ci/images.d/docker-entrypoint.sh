#!/bin/sh
# The start-up of the official images of MySQL and MariaDB, as far as it is needed here: an empty data folder is initialised, with
# root from anywhere and, if it is wanted, a database; then the server runs as user mysql. Any other command just runs.
set -eu

# setting ROOT_PASSWORD: MARIADB_ROOT_PASSWORD, else MYSQL_ROOT_PASSWORD
setting() { eval "printf %s \"\${MARIADB_$1:-\${MYSQL_$1:-}}\""; }
quoted() { printf "'%s'" "$(printf %s "$1" | sed "s/[\\\\']/\\\\&/g")"; }

case "${1:-}" in
    -*) set -- mysqld "$@" ;;
    mysqld | mariadbd) ;;
    *) exec "$@" ;;
esac
for argument in "$@"; do
    case "$argument" in -'?' | --help | --version | -V | --print-defaults) exec "$@" ;; esac
done

data=$("$@" --verbose --help 2>/dev/null | awk '$1 == "datadir" { print $2; exit }')
mkdir -p "${data:=/var/lib/mysql}"
chown mysql:mysql "$data"
if [ -z "$(ls -A "$data")" ]; then
    password=$(setting ROOT_PASSWORD) database=$(setting DATABASE)
    if [ -z "$password$(setting ALLOW_EMPTY_PASSWORD)$(setting ALLOW_EMPTY_ROOT_PASSWORD)" ]; then
        echo "$0: $data is empty: set MYSQL_ROOT_PASSWORD or MYSQL_ALLOW_EMPTY_PASSWORD, so that it can be initialised" >&2
        exit 1
    fi
    if command -v mariadb-install-db >/dev/null; then
        mariadb-install-db --user=mysql --datadir="$data" --auth-root-authentication-method=normal --skip-test-db >&2
    else
        "$@" --initialize-insecure
    fi
    # Outside the data folder, and nobody's but the server's.
    first=$(mktemp /tmp/first-start.XXXXXX)
    chown mysql:mysql "$first"
    cat >"$first" <<SQL
ALTER USER root@localhost IDENTIFIED BY $(quoted "$password");
CREATE USER root@'%' IDENTIFIED BY $(quoted "$password");
GRANT ALL ON *.* TO root@'%' WITH GRANT OPTION;
${database:+CREATE DATABASE IF NOT EXISTS \`$database\`;}
SQL
    set -- "$@" --init-file="$first"
fi
exec "$@"
