import { defineTexts } from '@/i18n';

export const developerTexts = defineTexts(
  {
    about: '把您的应用接入此服务器：接入地址、客户端 SDK 与服务端 REST API。',
    hosts: '接入地址',
    hostsText: '客户端与服务端使用同一个地址。配置了多个数据中心时，以“服务概览”页面显示的域名为准。',
    rest: 'REST API',
    socket: 'WebSocket',
    client: '客户端 SDK',
    clientText:
      '直接使用环信官方 SDK，例如 Web 端的 easemob-websdk。关闭 HttpDNS，并填写上面的地址；用户须先注册，可在“用户管理”中创建。',
    install: '安装命令',
    connect: '连接代码',
    server: '服务端 REST API',
    serverText:
      '用“应用详情”中的 Client ID 与 Client Secret 换取 App Token，再以它调用其他接口。Client Secret 只能保存在您的服务端。',
    toReference: 'REST API 参考',
    token: '获取 App Token',
    register: '注册用户',
    send: '发送消息',
    demo: '演示聊天',
    demoText: '在两个窗口中以不同用户登录，即可体验单聊与群聊。',
    openDemo: '打开演示聊天',
  },
  {
    about: 'Connect your app to this server: addresses, client SDK and REST API.',
    hosts: 'Addresses',
    hostsText:
      'Clients and servers use the same address. With several data centres, the hosts on the page “Service overview” count.',
    rest: 'REST API',
    socket: 'WebSocket',
    client: 'Client SDK',
    clientText:
      'Use the official Easemob SDK, such as easemob-websdk on the web. Switch HttpDNS off and name the addresses above. Users are registered first, for instance on the page “Users”.',
    install: 'Installation',
    connect: 'Connecting',
    server: 'REST API',
    serverText:
      'Exchange the client ID and client secret of “App details” for an app token, and call everything else with it. The client secret stays on your own server.',
    toReference: 'REST API reference',
    token: 'Getting an app token',
    register: 'Registering a user',
    send: 'Sending a message',
    demo: 'Demo chat',
    demoText: 'Sign in as two users in two windows to try chats and groups.',
    openDemo: 'Open the demo chat',
  },
);
