-- The first ISP is made whole or not at all: its row is written in the transaction that also makes its roles and its first
-- login. The policy of the table lets that transaction write no row but its own tenant's.
GRANT INSERT ON tenant TO mtandao_app;
