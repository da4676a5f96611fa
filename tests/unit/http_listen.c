/* Which peers are local, and which are proxies the configuration names. */
#include "t.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/un.h>

#include "../../gateway/http/listen.h"

static union {
	struct sockaddr sa;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
	struct sockaddr_un un;
} a;

static const struct sockaddr *addr(const char *text)
{
	memset(&a, 0, sizeof(a));
	a.v4.sin_family = AF_INET;
	if (inet_pton(AF_INET, text, &a.v4.sin_addr) == 1)
		return &a.sa;
	memset(&a, 0, sizeof(a));
	a.v6.sin6_family = AF_INET6;
	CHECK(inet_pton(AF_INET6, text, &a.v6.sin6_addr) == 1);
	return &a.sa;
}

TEST(local_peers)
{
	CHECK(addr_is_local(addr("127.0.0.1")));
	CHECK(addr_is_local(addr("127.9.9.9")));
	CHECK(addr_is_local(addr("::1")));
	CHECK(addr_is_local(addr("::ffff:127.0.0.1")));
	CHECK(!addr_is_local(addr("10.0.0.1")));
	CHECK(!addr_is_local(addr("0.0.0.0")));
	CHECK(!addr_is_local(addr("::")));
	CHECK(!addr_is_local(addr("::ffff:10.0.0.1")));
	CHECK(!addr_is_local(addr("fe80::1")));
	a.un = (struct sockaddr_un){ .sun_family = AF_UNIX };
	CHECK(addr_is_local(&a.sa));
}

TEST(trusted_proxies)
{
	static const char list[] = "10.0.0.1, 192.0.2.0/24,2001:db8::/33 203.0.113.128/25";

	CHECK(addr_in_list(addr("10.0.0.1"), list));
	CHECK(!addr_in_list(addr("10.0.0.2"), list));
	CHECK(addr_in_list(addr("::ffff:10.0.0.1"), list));
	CHECK(addr_in_list(addr("192.0.2.77"), list));
	CHECK(!addr_in_list(addr("192.0.3.77"), list));
	CHECK(addr_in_list(addr("2001:db8:7fff::9"), list));
	CHECK(!addr_in_list(addr("2001:db8:8000::9"), list));
	CHECK(addr_in_list(addr("203.0.113.200"), list));
	CHECK(!addr_in_list(addr("203.0.113.100"), list));
	CHECK(!addr_in_list(addr("10.0.0.1"), ""));
	CHECK(!addr_in_list(addr("10.0.0.1"), " , ,"));
	CHECK(!addr_in_list(addr("10.0.0.1"), "10.0.0.1/33"));
	CHECK(!addr_in_list(addr("10.0.0.1"), "10.0.0.1/x"));
	CHECK(!addr_in_list(addr("10.0.0.1"), "proxy.example"));
	CHECK(!addr_in_list(addr("10.0.0.1"), "::/0"));
	CHECK(addr_in_list(addr("10.0.0.1"), "0.0.0.0/0"));
}
