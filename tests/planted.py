"""Texts with a secret in them: `{S}` a password, `{B}` user and password in base64, `{D}` a bot's token.

One a line, as programs write them: shells, configuration, headers, URLs, SQL, reprs, manifests.
"""

from __future__ import annotations

import unicodedata

__all__ = ["PLANTED"]

PLANTED = r'''
docker run -e PASSWORD={S} image
docker run --env DB_PASSWORD={S} image
docker run -e "PASSWORD={S}" image
docker login -u bob -p {S} registry
mysql -u root -p{S} db
mysql -uroot -p'{S}' db
mysqldump --password={S} db
mysql --user=root --password={S}
psql "host=h user=u password={S} dbname=d"
psql "host=h user=u password='{S}' dbname=d"
PGPASSWORD={S} psql -h h
export API_KEY={S}
export API_KEY="{S}"
set X_TOKEN={S}
setx X_TOKEN {S}
SET "X_TOKEN={S}"
$env:API_KEY = "{S}"
$Env:DB_PASSWORD='{S}'
Authorization: Digest username="bob", realm="r", nonce="n", uri="/", response="{S}"
Cookie: a=1; sessionid={S}; csrftoken={S}
Set-Cookie: sessionid={S}; Path=/; HttpOnly
cookie: {S}
{'Cookie': 'a=1; b={S}'}
Content-Disposition: form-data; name="password"\r\n\r\n{S}\r\n--boundary
CREATE USER bob WITH PASSWORD '{S}'
ALTER USER bob IDENTIFIED BY '{S}'
CREATE USER bob IDENTIFIED WITH mysql_native_password BY '{S}'
UPDATE users SET password='{S}' WHERE id=1
SET PASSWORD FOR 'bob'@'h' = '{S}'
SET PASSWORD FOR 'bob'@'h' = PASSWORD('{S}')
jdbc:mysql://h:3306/db?user=u&password={S}
jdbc:oracle:thin:u/{S}@h:1521:x
jdbc:sqlserver://h;user=sa;password={S};
jdbc:postgresql://u:{S}@h/db
Server=h;Database=d;User Id=sa;Password={S};
Server=h;Uid=sa;Pwd={S};
redis://:{S}@h:6379/0
rediss://default:{S}@h:6379
amqp://guest:{S}@h/vhost
mongodb+srv://u:{S}@cluster0.x.mongodb.net/?retryWrites=true
smtp://u%40x.com:{S}@smtp.x.com:587
https://x.com/?next=https%3A%2F%2Fu%3A{S}%40h%2Fp
https://x.com/?next=https%253A%252F%252Fu%253A{S}%2540h
https://x.com/cb?u=https%3A%2F%2Fy%3Ftoken%3D{S}
https://x.com/cb?u=https%253A%252F%252Fy%253Ftoken%253D{S}
https://x.com/cb#access_token={S}&state=1
https:\/\/u:{S}@h\/p
{"url":"https:\/\/u:{S}@h\/p"}
https://h/p?a=1\u0026key={S}
https://h/p?a=1\u0026token={S}
https://h/p?a=1&amp;key={S}
https://h/p?key={S}
https://h/p?code=1&sig={S}
https://maps.googleapis.com/maps/api/js?key={S}
apiVersion: v1\nkind: Secret\ndata:\n  password: {B}\n  token: {B}
stringData:\n  db-password: {S}
[default]\naws_access_key_id = x\naws_secret_access_key = {S}
//registry.npmjs.org/:_authToken={S}
_auth={S}
_auth = {S}
//registry.npmjs.org/:_password="{B}"
index-url = https://u:{S}@pypi.x/simple
extra-index-url = https://__token__:{S}@pypi.x/simple
[pypi]\nusername = __token__\npassword = {S}
machine github.com login bob password {S}
machine github.com\n  login bob\n  password {S}
default login bob password {S}
{"auths":{"https://index.docker.io/v1/":{"auth":"{B}"}}}
"auth": "{B}"
curl -u bob:{S} https://x
curl --user bob:{S} https://x
curl --user "bob:{S}" https://x
curl -u 'bob:{S}' https://x
curl -ubob:{S} https://x
curl -H "X-Api-Key: {S}" https://x
curl -H 'Private-Token: {S}' https://x
curl -H "PRIVATE-TOKEN: {S}" x
curl -d 'password={S}&x=1' https://x
curl -d '{"password":"{S}"}' https://x
wget --http-password={S} https://x
wget --password {S} https://x
http -a bob:{S} https://x
sshpass -p {S} ssh h
sshpass -p'{S}' ssh h
openssl -passin pass:{S}
-passin pass:{S}
gpg --passphrase {S} x
gpg --passphrase "{S} {S}" x
ansible_ssh_pass={S}
ansible_become_password: {S}
vault kv put secret/x password={S}
VAULT_TOKEN={S}
aws configure set aws_secret_access_key {S}
--aws-secret-access-key {S}
git clone https://oauth2:{S}@gitlab.com/x/y
git clone https://x-access-token:{S}@github.com/x
x-api-key={S}
X-Auth-Token: {S}
X-Amz-Security-Token={S}
X-Vault-Token: {S}
X-CSRFToken: {S}
X-XSRF-TOKEN: {S}
Ocp-Apim-Subscription-Key: {S}
X-Goog-Api-Key: {S}
api-key: {S}
Proxy-Authorization: Basic {B}
Authorization=Bearer {S}
authorization: token {S}
authorization=Basic%20{B}
Authorization: Bearer%20{S}
'authorization': ('Bearer {S}',)
{'headers': {'authorization': 'Bearer {S}'}}
Headers([('authorization', 'Bearer {S}')])
[(b'authorization', b'Bearer {S}')]
(b'cookie', b'a={S}')
<Header name="Authorization">Bearer {S}</Header>
<password type="x">{S}</password>
<password>\n{S}\n</password>
<entry key="password">{S}</entry>
<property name="password" value="{S}"/>
<property name="password"><value>{S}</value></property>
<Password><![CDATA[{S}]]></Password>
password = {S}
password -> {S}
password => {S}
password := {S}
password: |\n  {S}\n
password: >-\n  {S}\n
password: !vault {S}
password: &anchor {S}
"password" : "{S}"
"password"="{S}"
'password'='{S}'
`password`='{S}'
password='{S}'
password="{S}"
password=`{S}`
password=u'{S}'
password=b'{S}'
password=('{S}',)
password=['{S}']
password={{'a': '{S}'}}
password={'{S}'}
[password={S}]
(password={S})
{password={S}}
{password: {S}}
{:password=>"{S}"}
{:password "{S}"}
:password => "{S}"
%{"password" => "{S}"}
password="{S}'s"
password="a\"{S}"
password='a\'{S}'
password=a"{S}
password=a\{S}
password={S}!
password=!{S}
password=@{S}
password=#{S}
password=${S}
password=*{S}
password=+{S}
password=-{S}
password=/{S}
password=.{S}
password=:{S}
password=,{S}
password=|{S}
password=&{S}
password=~{S}
password=^{S}
password=%{S}
password=({S}
password=[{S}
password={{{S}
password=){S}
password=]{S}
password==={S}
password= ={S}
password\u003d{S}
password: {S}, ok
password: "{S}", ok
Password: {S}
PASSWORD: {S}
PassWord: {S}
pAsSwOrD={S}
passWORD={S}
my password: {S}
user password: {S}
password[0]: {S}
passwords: ['{S}']
passwords[1]={S}
params[password]={S}
user[password]={S}
user%5Bpassword%5D={S}
user.password={S}
db.password={S}
spring.datasource.password={S}
spring.datasource.hikari.password: {S}
DB__PASSWORD={S}
SECRET_KEY_BASE={S}
SECRET_KEY = '{S}'
DJANGO_SECRET_KEY="{S}"
JWT_SECRET={S}
jwt={S}
refresh_token={S}
refreshToken: '{S}'
id_token={S}
client_secret={S}
clientSecret: "{S}"
client-secret={S}
OAUTH_TOKEN={S}
oauth_token_secret="{S}"
consumer_secret={S}
encryption_key={S}
ENCRYPTION_KEY: {S}
private_key={S}
storage_account_key={S}
AccountKey={S};EndpointSuffix=x
SharedAccessKey={S}
SharedAccessSignature=sr=x&sig={S}&se=1
sas_token={S}
?sv=2020&sig={S}
DSN={S}
SENTRY_DSN=https://{S}@o1.ingest.sentry.io/1
slack_webhook_url={S}
webhook_url: {S}
connection_string={S}
ConnectionString="{S}"
passwd={S}
passwd: {S}
passphrase={S}
credentials={S}
credential: {S}
bot_token={S}
telegram_token={S}
Bot {D}
DISCORD: {D}
token {D} rejected
login with {D}
access_token: "{S}"
{"access_token":"{S}","token_type":"bearer"}
{\"password\":\"{S}\"}
{\\\"password\\\":\\\"{S}\\\"}
"{\"a\":{\"password\":\"{S}\"}}"
b'{"password": "{S}"}'
b'password={S}'
data=b'{"token":"{S}"}'
SecretStr('**********') token=SecretStr('{S}')
User(name='bob', password='{S}')
User(name='bob', password={S})
<User name=bob password={S}>
Config(db=Db(url='postgres://u:{S}@h'))
Namespace(token='{S}', v=1)
argparse: --password {S}
--password "{S}"
--password='{S}'
--api-key={S}
--api-key {S}
-password {S}
/password:{S}
['--password={S}']
['--password', '{S}']
('--password', '{S}')
sys.argv=['x', '--token', '{S}']
Command '['x', '--token', '{S}']' returned non-zero exit status 1
Command 'x --token {S}' returned 1
environ({'HOME': '/x', 'API_TOKEN': '{S}'})
os.environ['API_TOKEN'] = '{S}'
os.environ["API_TOKEN"]="{S}"
config["token"] = "{S}"
config['token']='{S}'
config.get("token", "{S}")
if password == "{S}":
password is "{S}"
password "{S}" is wrong
password '{S}' rejected
invalid password '{S}'
Invalid token: {S}
invalid api key: {S}
secret={S}\n
the secret: {S}
the secret is: {S}
DB_PASSWORD={S}\nDB_USER=bob
DB_PASSWORD="{S}"\r\nX=1
# password: {S}
// password: {S}
password: {S} # prod
- name: DB_PASSWORD\n  value: {S}
- name: DB_PASSWORD\n  value: "{S}"
name: DB_PASSWORD, value: {S}
{"name":"DB_PASSWORD","value":"{S}"}
{"Name":"DB_PASSWORD","Value":"{S}"}
{"key":"api_key","value":"{S}"}
{'name': 'DB_PASSWORD', 'value': '{S}'}
[{"Key": "token", "Value": "{S}"}]
비밀번호: {S}
パスワード: {S}
密码: {S}
пароль: {S}
password：{S}
ｐａｓｓｗｏｒｄ：{S}
password　=　{S}
password: {S}
user=bob&password={S}&x=1
user=bob&pass={S}&x=1
grant_type=password&username=bob&password={S}
client_id=x&client_secret={S}
ssh://git:{S}@h/x
ftp://u:{S}@h
ldap://cn=x:{S}@h
smb://u:{S}@h/s
sqlite:///x?key={S}
sqlalchemy.exc: (psycopg2) connection to "postgresql+psycopg2://u:{S}@h/db" failed
proxy=http://u:{S}@p:3128
HTTPS_PROXY=http://u:{S}@p:3128
['docker', 'login', '-u', 'bob', '-p', '{S}']
run ["podman", "login", "-p", "{S}", "registry"]
['openssl', '-passin', 'pass:{S}']
['setx', 'API_TOKEN', '{S}']
['aws', 'configure', 'set', 'aws_secret_access_key', '{S}']
['http', '-a', 'bob:{S}', 'x']
CREATE USER bob IDENTIFIED BY "{S}"
CREATE USER bob IDENTIFIED BY 'a''{S}'
CREATE USER bob IDENTIFIED BY 'a\'{S}'
password="a\\\"{S}"
password="a\" {S}"
password="a\", {S}"
{"password": "a\"b {S}", "user": "bob"}
{'password': "it's \"a\" {S}"}
password "a\{S}" is wrong
password was '{S}'
password “{S}” rejected
invalid API key "{S}"
passcode '{S}'
token 'abcdef123456{S}' rejected
비밀번호 '{S}'가 틀렸습니다
パスワードは「{S}」です
password\x3d{S}
password\t=\t{S}
password\u0022:\u0022{S}
&quot;password&quot;:&quot;{S}&quot;
password&#61;{S}
password = """{S}"""
password: "str" = '{S}'
1 validation error for Settings\npassword\n  String should have at least 20 characters [type=string_too_short, input_value='{S}', input_type=str]
[{'type': 'string_too_short', 'loc': ('db', 'password'), 'msg': 'String should have', 'input': '{S}'}]
[{"type":"string_too_short","loc":["password"],"msg":"String should have","input":"{S}"}]
https://{S}:x-oauth-basic@github.com/x
<secret password="{S}"> x
<input type="password" name="password" value="{S}"> x
cmd "Authorization: Digest username="bob", response="{S}"" failed
password:        {S}
api_token    = {S}
password=                        {S}
Password          : {S}
"password"     : "{S}"
password:\t\t\t\t\t{S}
--password          {S}
{"name":"DB_PASSWORD","type":"string","value":"{S}"}
{"value":"{S}","name":"DB_PASSWORD"}
{"value":"{S}","type":"string","name":"DB_PASSWORD"}
{"name":"DB_PASSWORD","a":1,"b":2,"c":3,"value":"{S}"}
<input value="{S}" name="password">
GET /graphql?variables=%7B%22password%22%3A%20%22{S}%22%7D 200
v=%257B%2522password%2522%253A%2520%2522{S}%2522%257D
Authorization: Token token="{S}"
Authorization: Bearer aaaa.bbbb.cccc, Basic {S}
https://h/p?X-Goog-Algorithm=A&X-Goog-Signature={S}
https://h/p?a=1&q-signature={S}
X-Auth-Key: {S}
DD-APPLICATION-KEY: {S}
<RequestsCookieJar[<Cookie sid={S} for example.com/>, <Cookie b=2 for x/>]>
&lt;password&gt;{S}&lt;/password&gt;
<password value="{S}"/>
<Morsel: sid={S}; Path=/>
dsn bob:{S}@tcp(127.0.0.1:3306)/db?parseTime=true
bob:p@{S}@unix(/run/mysql.sock)/db
ParseResult(scheme='https', netloc='bob:{S}@h:443', path='/')
Private-Lines: 1\nAAAAIBa{S}\nPrivate-MAC: 01
---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----\nAAAA{S}\n---- END SSH2 ENCRYPTED PRIVATE KEY ----
passphrases:\n- a {S}
<key>password</key><string>{S}</string>
a,"{""password"":""{S}""}",b
**Password:** {S}
password\n  Input should be a valid string [type=string_type, input_value={'x': '{S}'}, input_type=dict]
ﾊﾟｽﾜｰﾄﾞ={S}
'''.strip("\n").splitlines()
PLANTED += [
    '{\n        "name": "DB_PASSWORD",\n        "value": "{S}"\n}',
    '["--token",\n    "{S}"]',
    '[\n    [\n        "x-api-key",\n        "{S}"\n    ]\n]',
    "key: api_key\nvalue: {S}",
    "passphrases:\n  - correct horse {S}\n  - a {S} b",
    "<key>password</key>\n\t<string>{S}</string>",
    unicodedata.normalize("NFD", "비밀번호={S}"),
    unicodedata.normalize("NFD", "パスワード: {S}"),
]
